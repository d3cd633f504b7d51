// Links libtag; its C++ headers are included by CTagLib alone.
