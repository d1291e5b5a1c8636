"""What a photo shows, in plain nouns, with how sure that is: ImageNet's classes rolled up, scenes, colours, light."""
