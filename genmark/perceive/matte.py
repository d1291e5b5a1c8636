"""From a coarse hair matte to one that follows the photo's own edges, at the photo's own size."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


def refine(
    alpha: Tensor, photo: Tensor, working_side: int = 320, reach: float = 0.028, epsilon: float = 1e-4
) -> Tensor:
    """Guided filter of a coarse matte by the photo's colours.

    alpha is float (1, 1, h, w) in [0, 1], photo float (1, 3, H, W) in [0, 1]; returns (1, 1, H, W) in [0, 1].
    The fast variant (He & Sun 2015, arXiv:1505.00996) of the colour guided filter (He, Sun & Tang 2013): the local
    linear model is fitted on a picture of `working_side` and applied to the whole one. Far from the coarse border
    the network is believed as it is, so that the filter cannot spread haze. `reach` is the radius of the windows as a
    share of the longest side: as far as the network may be off.
    """
    height, width = photo.shape[-2:]
    shrink = max(1, round(max(height, width) / working_side))
    guide = F.avg_pool2d(photo, shrink, ceil_mode=True, count_include_pad=False)
    radius = max(2, round(reach * max(guide.shape[-2:])))
    coarse = F.interpolate(alpha, size=guide.shape[-2:], mode="bilinear", align_corners=False)
    slope, offset = _local_model(guide, coarse, radius, epsilon)
    model = F.interpolate(torch.cat((slope, offset), 1), size=(height, width), mode="bilinear", align_corners=False)
    fine = torch.addcmul(model[:, 3:], model[:, :1], photo[:, :1])
    fine = fine.addcmul_(model[:, 1:2], photo[:, 1:2]).addcmul_(model[:, 2:3], photo[:, 2:])
    return _trust_the_sure(fine, coarse, radius)


def _local_model(guide: Tensor, target: Tensor, radius: int, epsilon: float) -> tuple[Tensor, Tensor]:
    """Slopes (1, 3, h, w) and offset (1, 1, h, w) of the least-squares fit target = slope . guide + offset around
    every pixel (He et al. 2013, eq. 14 to 16)."""
    red, green, blue = guide.unbind(1)
    products = [red * red, red * green, red * blue, green * green, green * blue, blue * blue]
    stack = torch.cat((guide, target, guide * target, torch.stack(products, 1)), 1)
    means = _box(stack, radius)
    mean_guide, mean_target = means[:, :3], means[:, 3:4]
    covariance = means[:, 4:7] - mean_guide * mean_target
    mr, mg, mb = mean_guide.unbind(1)
    rr, rg, rb, gg, gb, bb = means[:, 7:].unbind(1)
    rr, gg, bb = rr - mr * mr + epsilon, gg - mg * mg + epsilon, bb - mb * mb + epsilon
    rg, rb, gb = rg - mr * mg, rb - mr * mb, gb - mg * mb
    # inverse of the symmetric 3 x 3 by cofactors: an order faster than torch.linalg.inv on small matrices
    irr, irg, irb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    igg, igb, ibb = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = (irr * rr + irg * rg + irb * rb).clamp_min(1e-12)
    cr, cg, cb = covariance.unbind(1)
    rows = (irr * cr + irg * cg + irb * cb, irg * cr + igg * cg + igb * cb, irb * cr + igb * cg + ibb * cb)
    slope = torch.stack(rows, 1) / determinant[:, None]
    offset = mean_target - (slope * mean_guide).sum(1, keepdim=True)
    smooth = _box(torch.cat((slope, offset), 1), radius)
    return smooth[:, :3], smooth[:, 3:]


def _box(planes: Tensor, radius: int) -> Tensor:
    """Mean over a (2 radius + 1)-square window, shrunk at the borders."""
    return _run(_run(planes, radius, 2), radius, 3)


def _run(planes: Tensor, radius: int, axis: int) -> Tensor:
    """Moving mean along one axis as a difference of running sums, whatever the radius (Crow 1984)."""
    length = planes.shape[axis]
    sums = F.pad(planes.cumsum(axis), (1, 0) if axis == 3 else (0, 0, 1, 0))
    places = torch.arange(length)
    high, low = (places + radius + 1).clamp(max=length), (places - radius).clamp(min=0)
    count = (high - low).view(-1, 1) if axis == 2 else high - low
    return (sums.index_select(axis, high) - sums.index_select(axis, low)) / count


def _trust_the_sure(fine: Tensor, coarse: Tensor, radius: int) -> Tensor:
    """Stretch the filter's answer a little and hold it to 0 and 1 where the coarse matte is sure all around."""
    side = 2 * radius + 1
    both = torch.cat((coarse, -coarse), 1)
    reach = F.max_pool2d(F.max_pool2d(both, (side, 1), 1, (radius, 0)), (1, side), 1, (0, radius))
    may = ((reach[:, :1] - 0.04) / 0.3).clamp(0, 1)  # 0 where nothing near is hair
    must = ((-reach[:, 1:] - 0.75) / 0.2).clamp(0, 1)  # 1 where everything near is hair
    bounds = F.interpolate(torch.cat((may, must), 1), size=fine.shape[-2:], mode="bilinear", align_corners=False)
    stretched = fine.sub_(0.12).div_(0.76).clamp_(0, 1)
    return torch.maximum(stretched.mul_(bounds[:, :1]), bounds[:, 1:])
