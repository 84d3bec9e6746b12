"""artgan: make art with GANs and neural style transfer."""

__version__ = "0.1.0"
