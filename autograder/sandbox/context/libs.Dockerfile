# The libraries of the worker image, installed from the wheels in the build context: no network is needed.
# The base must have the Python that the wheels are for, with venv and pip. Built by autograder/sandbox/image.py.
ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS install
LABEL latentlab.stage=install
COPY requirements.txt constraints.txt /build/
COPY wheels /build/wheels
RUN python3 -m venv --without-pip /opt/venv \
 && python3 -m pip --python /opt/venv/bin/python install --quiet --no-index --find-links /build/wheels --no-compile \
    --no-cache-dir --disable-pip-version-check --constraint /build/constraints.txt --requirement /build/requirements.txt \
 && /opt/venv/bin/python -m compileall -q -j 0 -x py312 --invalidation-mode unchecked-hash /opt/venv/lib

FROM ${BASE}
COPY --from=install /opt/venv /opt/venv
# Bytecode for the standard library where the base has none, and no program that changes its user.
RUN python3 -m compileall -q -j 0 -x 'test|lib2to3' "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
 && /opt/venv/bin/python -c 'import torch, numpy, matplotlib, sklearn, kneed; print("torch", torch.__version__)'
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp MPLCONFIGDIR=/tmp/matplotlib MPLBACKEND=Agg PYTHONDONTWRITEBYTECODE=1 \
    OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
WORKDIR /tmp
USER 65534:65534
