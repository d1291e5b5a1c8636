"""What a person looks at: pictures, proof cards, a page, a contact sheet and a manifest, in one folder per photo.

from genmark.gallery.album import Album, Run
from genmark.gallery.publication import add, finish, link

album = Album(photo, folder, run, regions)
entries = [add(album, variant) for variant in variants]    # each one is on disk before the next is made
cover = finish(album, entries)                             # page, contact sheet, manifest
link([cover, …], above, run.made)                          # one page for many photos
"""
