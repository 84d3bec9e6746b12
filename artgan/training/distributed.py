"""Several processes train one model: started by torchrun, they share every update's gradients.

No wrapper around the networks: weights are sent once at the start, and each update averages its gradients in one
exchange, whatever way they were computed. Batch norm uses the statistics of each process's own pictures.
"""

import os
from collections.abc import Iterable, Sequence
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn

from artgan.errors import UsageError

_PATIENCE = timedelta(hours=1)
"""How long the others wait while the first process draws samples and computes scores."""


class Processes:
    """This process among those that train together; alone when nobody started others."""

    def __init__(self) -> None:
        self.world = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ.get("RANK", "0")) if self.world > 1 else 0
        self._local = int(os.environ.get("LOCAL_RANK", "0"))
        if self.world > 1 and not dist.is_initialized():
            # Decisions travel by gloo as CPU tensors, so that they never wait for a GPU's queue.
            backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
            dist.init_process_group(backend, timeout=_PATIENCE)

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0

    def own_device(self, device: torch.device) -> torch.device:
        """A GPU of its own for each process of a machine."""
        if self.world > 1 and device.type == "cuda" and device.index is None:
            return torch.device("cuda", self._local)
        return device

    def own_share(self, batch_size: int) -> int:
        """How many pictures of a step's batch are this process's. Raises UsageError when they cannot be shared."""
        if batch_size % self.world:
            raise UsageError(f"--batch-size {batch_size} cannot be shared by {self.world} processes: give a multiple")
        return batch_size // self.world

    def same_number(self, number: int) -> int:
        """The first process's number, in all: a seed that was drawn."""
        if self.world == 1:
            return number
        shared = torch.tensor([number], dtype=torch.int64)
        dist.broadcast(shared, 0)
        return int(shared.item())

    def broadcast(self, networks: Iterable[nn.Module]) -> None:
        """Give every process the first one's weights and buffers."""
        if self.world == 1:
            return
        with torch.no_grad():
            for network in networks:
                for tensor in (*network.parameters(), *network.buffers()):
                    plain = tensor.contiguous()  # what channels-last weights are not
                    dist.broadcast(plain, 0)
                    tensor.copy_(plain)

    @torch.no_grad()
    def average_gradients(self, parameters: Sequence[Tensor]) -> None:
        """Replace the parameters' gradients by their mean over all processes, in one exchange."""
        if self.world == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        dist.all_reduce(flat)
        flat /= self.world
        pieces = torch.split(flat, [gradient.numel() for gradient in gradients])
        for gradient, piece in zip(gradients, pieces, strict=True):
            gradient.copy_(piece.view(gradient.shape))

    def agree(self, values: Sequence[float]) -> list[float]:
        """The largest of each value over all processes: how long it took, whether one was asked to stop."""
        if self.world == 1:
            return list(values)
        shared = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(shared, dist.ReduceOp.MAX)
        return [float(value) for value in shared.tolist()]

    def close(self) -> None:
        """Leave the group."""
        if self.world > 1 and dist.is_initialized():
            dist.destroy_process_group()
