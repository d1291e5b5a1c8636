"""Where in a picture a network saw what it says: Grad-CAM (Selvaraju et al. 2017), without hooks.

timm networks come in two halves, `forward_features` and `forward_head`. The first runs without gradients; the map
between them becomes a leaf, and only the head is run backwards. Nothing is registered on the network, no parameter
gets a gradient, and it costs little more than a forward pass.

A transformer's head reads one token, or pools them: after the last block a place of the picture has no say any more.
There the leaf is what goes into the last block, in which the places still speak to the token that is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  as everyone calls it

from genmark.errors import UsageError
from genmark.tensors import import_timm
from genmark.types import Floats

Logits = Callable[[Tensor], Tensor]


def grad_cam(
    network: nn.Module, pictures: Tensor, classes: Sequence[int] | Tensor, logits: Logits | None = None
) -> Floats:
    """What speaks for a class, where: float32 (N, H, W) in [0, 1], 1 at each picture's strongest place.

    `network`   a timm network that ends in a map (any CNN, Swin) or a plain vision transformer, in eval mode
    `pictures`  float (N, 3, H, W), prepared as the network wants them
    `classes`   the class of each picture whose logit is explained, (N,)
    `logits`    what turns the network's output into logits (N, K), such as a probe on features; None: it is them

    A picture in which nothing speaks for the class gets zeros. Raises UsageError for networks that pool tokens in
    other ways, and ValueError for one in training mode or for classes that do not fit.
    """
    wanted = check_request(network, pictures, classes)
    slopes_of = _token_slopes if reads_tokens(network) else _slopes
    features, slopes = slopes_of(cast(Any, network), pictures, wanted, logits)
    weights = slopes.mean(dim=(2, 3), keepdim=True)
    heat = F.relu((weights * features).sum(dim=1, keepdim=True)).float()
    return to_shares(F.interpolate(heat, size=pictures.shape[-2:], mode="bilinear", align_corners=False)[:, 0])


def check_request(network: nn.Module, pictures: Tensor, classes: Sequence[int] | Tensor) -> Tensor:
    """The classes as a tensor (N,); ValueError where there is not one for each picture, or the network is training."""
    if network.training:
        raise ValueError("the network is in training mode; call eval() first, or its statistics would move")
    wanted = torch.as_tensor(classes, dtype=torch.long, device=pictures.device)
    if wanted.shape != pictures.shape[:1]:
        raise ValueError(f"want one class for each of {len(pictures)} pictures, got {tuple(wanted.shape)}")
    return wanted


def asked(answer: Tensor, classes: Tensor) -> Tensor:
    """The sum of the wanted logits, one of each row (N, K): pictures do not touch each other in eval mode, so that one
    backward pass serves them all. ValueError for a class that is not there."""
    if answer.ndim != 2 or not (classes.min() >= 0 and int(classes.max()) < answer.shape[1]):
        raise ValueError(f"no class {int(classes.max())} among logits of shape {tuple(answer.shape)}")
    return answer.gather(1, classes[:, None]).sum()


def to_shares(heat: Tensor) -> Floats:
    """Heat (N, H, W), at least 0 -> float32 in [0, 1], 1 at each picture's hottest place; a cold picture stays 0."""
    peak = heat.amax(dim=(1, 2), keepdim=True)
    shares: Floats = torch.where(peak > 0, heat / peak.clamp(min=torch.finfo(peak.dtype).tiny), 0.0).cpu().numpy()
    return shares


def reads_tokens(network: nn.Module) -> bool:
    """Whether a network is a plain vision transformer: CLIP's and SigLIP's towers, DeiT, DINOv2 and others are."""
    return isinstance(network, import_timm().models.VisionTransformer)


def as_map(network: Any, tokens: Tensor, pictures: Tensor) -> Tensor:
    """A transformer's tokens (N, L, C) of pictures (N, 3, H, W), as a map (N, C, h, w) of those that have a place."""
    rows, columns = network.patch_embed.dynamic_feat_size(pictures.shape[-2:])
    return tokens[:, network.num_prefix_tokens :].transpose(1, 2).reshape(len(tokens), -1, rows, columns)


def _token_slopes(network: Any, pictures: Tensor, classes: Tensor, logits: Logits | None) -> tuple[Tensor, Tensor]:
    """What goes into a transformer's last block, and how the wanted logits rise with it: both (N, C, h, w)."""
    last = len(network.blocks) - 1
    with torch.no_grad():
        tokens = network.patch_drop(network._pos_embed(network.patch_embed(pictures)))
        tokens = network.blocks[:last](network.norm_pre(tokens))
    with torch.enable_grad():
        leaf = tokens.detach().clone().requires_grad_()
        answer = network.forward_head(network.norm(network.blocks[last](leaf)))
        answer = answer if logits is None else logits(answer)
        (slope,) = torch.autograd.grad(asked(answer, classes), leaf)
    return as_map(network, leaf.detach(), pictures), as_map(network, slope, pictures)


def _slopes(network: Any, pictures: Tensor, classes: Tensor, logits: Logits | None) -> tuple[Tensor, Tensor]:
    """The network's last map, and how the wanted logits rise with each of its values: both (N, C, h, w)."""
    with torch.no_grad():
        found = network.forward_features(pictures)
    last = found[0] if isinstance(found, tuple) else found  # Inception in training trim has a second, auxiliary answer
    aside = _channels_last(network, last)
    with torch.enable_grad():
        leaf = last.detach().clone().requires_grad_()
        answer = network.forward_head(leaf.clone())  # a copy: some heads work in place
        answer = answer if logits is None else logits(answer)
        (slope,) = torch.autograd.grad(asked(answer, classes), leaf)
    features = leaf.detach()
    return (features.permute(0, 3, 1, 2), slope.permute(0, 3, 1, 2)) if aside else (features, slope)


def _channels_last(network: Any, last: Tensor) -> bool:
    """Whether a map is (N, h, w, C) and not (N, C, h, w); UsageError where it is no map at all."""
    if last.ndim != 4:
        raise UsageError(
            f"{type(network).__name__} ends in tokens, not in a map of the picture, so that "
            "Grad-CAM cannot say where it looked; choose a convolutional backbone for heat maps"
        )
    return bool(last.shape[1] != network.num_features and last.shape[3] == network.num_features)
