#!/usr/bin/env python
# coding: utf-8

# # Latent space and reconstruction loss

# In[1]:


get_ipython().run_line_magic("matplotlib", "inline")
get_ipython().system("pip install altair")
import altair as alt
import matplotlib.pyplot as plt
import torch, numpy as np
from torch import nn


# In[2]:


train_images = torch.load("mnist_train.pt")
plt.imshow(train_images[0])
plt.show()


# In[3]:


class AutoencoderWithAnalysis(nn.Module):

    def __init__(self, input_dim=784, latent_dim=32):
        super().__init__()
        self.latent_dim=latent_dim
        self.encoder=nn.Sequential(nn.Linear(input_dim,256),nn.ReLU(True),nn.Linear(256,128),nn.ReLU(True),nn.Linear(128,latent_dim))
        self.decoder=nn.Sequential(nn.Linear(latent_dim,128),nn.ReLU(True),nn.Linear(128,256),nn.ReLU(True),nn.Linear(256,input_dim),nn.Sigmoid())

    def encode(self, x): return self.encoder(x)
    def decode(self, z): return self.decoder(z)

    def forward(self, x):
        latent=self.encode(x); reconstruction=self.decode(latent)
        return reconstruction, latent

model = AutoencoderWithAnalysis()
print(model)
display(model)


# In[4]:


def mse_loss(x_hat, x): return torch.mean((x_hat-x)**2)
def bce_loss(x_hat, x):
    eps=1e-7
    x_hat=x_hat.clamp(eps,1-eps)
    return torch.mean(-(x*torch.log(x_hat)+(1-x)*torch.log(1-x_hat)))
def mae_loss(x_hat, x): return torch.mean(torch.abs(x_hat-x))

print(mse_loss(torch.zeros(3), torch.ones(3)))


# In[5]:


def _train(model, loader, loss, device, epochs, lr):
    opt=torch.optim.Adam(model.parameters(),lr=lr); hist=[]
    for e in range(epochs):
        tot=0
        model.train()
        for x,_ in loader:
            x=x.view(-1, x[0].numel()).to(device)
            opt.zero_grad(); out,_=model(x); l=loss(out,x); l.backward(); opt.step()
            tot+=l.item()
        hist.append(tot/len(loader))
    return hist

def compare_loss_functions(model_class, train_loader, test_loader, device, epochs=10, lr=1e-3):
    res={}
    imgs=torch.cat([x for x,_ in test_loader])[:10]
    imgs=imgs.view(imgs.size(0),-1).to(device)
    for name,fn in {'MSE':mse_loss,'BCE':bce_loss,'L1':mae_loss}.items():
        m=model_class().to(device)
        h=_train(m,train_loader,fn,device,epochs,lr)
        m.eval()
        with torch.no_grad(): r=m(imgs)[0].cpu()
        res[name]={'model':m,'train_losses':h,'reconstructions':r}
    return res


# In[6]:


def find_optimal_latent_dim(train_loader, test_loader, device, dims=[2,4,8,16,32,64,128,256], epochs=15, lr=1e-3, model_class=AutoencoderWithAnalysis):
    res=[]
    for d in dims:
        m=model_class(latent_dim=d).to(device)
        _train(m,train_loader,mse_loss,device,epochs,lr)
        m.eval(); s=n=0
        with torch.no_grad():
            for x,_ in test_loader:
                x=x.view(x.size(0),-1).to(device); s+=((m(x)[0]-x)**2).sum().item(); n+=x.numel()
        res.append({'dim':d,'error':s/n})
    return res

def find_elbow(dims, errors):
    d=np.log(dims); e=np.array(errors,float)
    d=(d-d[0])/(d[-1]-d[0]); e=(e-e[-1])/(e[0]-e[-1])
    return dims[int(np.argmin(d+e))]

results = find_optimal_latent_dim(train_loader, test_loader, 'cpu')
alt.Chart(alt.Data(values=results)).mark_line()


# In[7]:


def class_centroids(model, loader, device, n_classes=10):
    model.eval(); zs=[]; ys=[]
    with torch.no_grad():
        for x,y in loader:
            zs.append(model.encode(x.view(x.size(0),-1).to(device)).cpu()); ys.append(y)
    z=torch.cat(zs); y=torch.cat(ys)
    return torch.stack([z[y==i].mean(0) for i in range(n_classes)])

def latent_arithmetic(centroids, a=3, b=8, c=0): return centroids[a]+(centroids[b]-centroids[c])

def decode_arithmetic(model, centroids, device, a=3, b=8, c=0):
    model.eval()
    with torch.no_grad(): return model.decode(latent_arithmetic(centroids,a,b,c).to(device).reshape(1,-1)).cpu()


# In[ ]:




