"""Where the parts of scoring were before; to go."""

from genmark.brand.scoring import backbone_of as backbone_of
from genmark.brand.scoring import score_pictures as score_pictures
