# nbgrader reads this in the course's folder. Cells tagged "solution" hold helpers of the solution only.
c = get_config()  # noqa: F821  (nbgrader puts it here)
c.Exporter.preprocessors = ["nbconvert.preprocessors.TagRemovePreprocessor"]
c.TagRemovePreprocessor.remove_cell_tags = {"solution"}
