"""From what photos show to segments, customers and offers."""
