"""Bodies on the wire: client writes, server reads, server writes, client reads. numpy lives from here on."""
