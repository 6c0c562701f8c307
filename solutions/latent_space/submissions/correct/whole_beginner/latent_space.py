import torch
import torch.nn as nn
import torch.optim as optim
import torch.nn.functional as F
import numpy as np

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print("using", device)


class AutoencoderWithAnalysis(nn.Module):
    def __init__(self, input_dim=784, latent_dim=32):
        super(AutoencoderWithAnalysis, self).__init__()
        self.input_dim = input_dim
        self.latent_dim = latent_dim
        self.enc1 = nn.Linear(input_dim, 256)
        self.enc2 = nn.Linear(256, 128)
        self.enc3 = nn.Linear(128, latent_dim)
        self.dec1 = nn.Linear(latent_dim, 128)
        self.dec2 = nn.Linear(128, 256)
        self.dec3 = nn.Linear(256, input_dim)

    def encode(self, x):
        x = F.relu(self.enc1(x))
        x = F.relu(self.enc2(x))
        x = self.enc3(x)
        return x

    def decode(self, z):
        z = F.relu(self.dec1(z))
        z = F.relu(self.dec2(z))
        z = torch.sigmoid(self.dec3(z))
        return z

    def forward(self, x):
        z = self.encode(x)
        x_hat = self.decode(z)
        return x_hat, z


def mse_loss(x_hat, x):
    diff = x_hat - x
    squared = diff * diff
    n = squared.numel()
    return squared.sum() / n


def bce_loss(x_hat, x):
    x_hat = torch.clamp(x_hat, 0.0000001, 0.9999999)
    first = x * torch.log(x_hat)
    second = (1 - x) * torch.log(1 - x_hat)
    return -torch.mean(first + second)


def mae_loss(x_hat, x):
    return torch.mean(torch.abs(x_hat - x))


def compare_loss_functions(model_class, train_loader, test_loader, device, epochs=10, lr=1e-3):
    results = {}
    losses = {"MSE": mse_loss, "BCE": bce_loss, "L1": mae_loss}
    for name in losses:
        print("training with", name)
        criterion = losses[name]
        model = model_class()
        model = model.to(device)
        optimizer = optim.Adam(model.parameters(), lr=lr)
        train_losses = []
        for epoch in range(epochs):
            model.train()
            running_loss = 0.0
            num_batches = 0
            for data in train_loader:
                images, labels = data
                images = images.to(device)
                images = images.view(images.size(0), -1)
                optimizer.zero_grad()
                reconstruction, latent = model(images)
                loss = criterion(reconstruction, images)
                loss.backward()
                optimizer.step()
                running_loss += loss.item()
                num_batches += 1
            epoch_loss = running_loss / num_batches
            train_losses.append(epoch_loss)
            print(f"epoch {epoch + 1}/{epochs}, loss {epoch_loss:.4f}")

        # ten test images
        model.eval()
        ten_images = []
        for images, labels in test_loader:
            for i in range(len(images)):
                if len(ten_images) < 10:
                    ten_images.append(images[i].view(-1))
        ten_images = torch.stack(ten_images).to(device)
        with torch.no_grad():
            reconstructions, _ = model(ten_images)
        results[name] = {}
        results[name]["model"] = model
        results[name]["train_losses"] = train_losses
        results[name]["reconstructions"] = reconstructions.cpu()
    return results


def find_optimal_latent_dim(train_loader, test_loader, device, dims=[2, 4, 8, 16, 32, 64, 128, 256],
                            epochs=15, lr=1e-3, model_class=AutoencoderWithAnalysis):
    results = []
    for dim in dims:
        model = model_class(latent_dim=dim).to(device)
        criterion = nn.MSELoss()
        optimizer = optim.Adam(model.parameters(), lr=lr)
        model.train()
        for epoch in range(epochs):
            for images, _ in train_loader:
                images = images.view(images.size(0), -1).to(device)
                reconstruction, _ = model(images)
                loss = criterion(reconstruction, images)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        model.eval()
        test_loss = 0
        num_images = 0
        with torch.no_grad():
            for images, _ in test_loader:
                images = images.view(images.size(0), -1).to(device)
                reconstruction, _ = model(images)
                for i in range(len(images)):
                    test_loss += criterion(reconstruction[i], images[i]).item()
                    num_images += 1
        error = test_loss / num_images
        print("dim", dim, "error", error)
        results.append({"dim": dim, "error": error})
    return results


def find_elbow(dims, errors):
    # distance of every point to the line from the first to the last point
    x1, y1 = np.log(dims[0]), errors[0]
    x2, y2 = np.log(dims[-1]), errors[-1]
    best_distance = -1
    best_dim = dims[0]
    for dim, error in zip(dims, errors):
        x0, y0 = np.log(dim), error
        numerator = abs((y2 - y1) * x0 - (x2 - x1) * y0 + x2 * y1 - y2 * x1)
        denominator = np.sqrt((y2 - y1) ** 2 + (x2 - x1) ** 2)
        distance = numerator / denominator
        if distance > best_distance:
            best_distance = distance
            best_dim = dim
    return best_dim


def class_centroids(model, loader, device, n_classes=10):
    model.eval()
    model.to(device)
    sums = [0.0 for _ in range(n_classes)]
    counts = [0 for _ in range(n_classes)]
    latent_size = None
    with torch.no_grad():
        for images, labels in loader:
            images = images.view(images.size(0), -1).to(device)
            z = model.encode(images)
            latent_size = z.shape[1]
            for i in range(len(labels)):
                label = int(labels[i])
                sums[label] = sums[label] + z[i]
                counts[label] = counts[label] + 1
    centroids = torch.zeros(n_classes, latent_size)
    for c in range(n_classes):
        if counts[c] > 0:
            centroids[c] = sums[c] / counts[c]
        else:
            centroids[c] = float("nan")
    return centroids


def latent_arithmetic(centroids, a=3, b=8, c=0):
    difference = centroids[b] - centroids[c]
    z_new = centroids[a] + difference
    return z_new


def decode_arithmetic(model, centroids, device, a=3, b=8, c=0):
    model.eval()
    z_new = latent_arithmetic(centroids, a, b, c)
    with torch.no_grad():
        z_new = z_new.unsqueeze(0).to(device)
        image = model.decode(z_new)
    return image[0].cpu()
