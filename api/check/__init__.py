"""A conformance kit for any REST server: a pure client, which knows nothing of our own server.

``profile`` says where things are, ``wire`` speaks HTTP, ``lab`` makes records to try things on,
``offers`` finds out what there is; the promises stand in the modules that ``catalogue`` lists.
"""
