import CZlib

/// Deflated data unpacked by zlib (RFC 1951).
enum Inflation {
  /// Exactly `count` bytes, or nil when the data are damaged, give more or fewer, or have something after their end.
  static func inflate(_ packed: [UInt8], to count: Int) -> [UInt8]? {
    guard packed.count <= Int(UInt32.max), count < Int(UInt32.max) else { return nil }
    // One byte more than promised, so that zlib has room to show that there is more.
    var output = [UInt8](repeating: 0, count: count + 1)
    var stream = unsafe z_stream()
    // Negative window bits: no zlib header (zlib.h, inflateInit2).
    guard unsafe inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { unsafe inflateEnd(&stream) }
    var packed = packed
    let status = unsafe packed.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = UInt32(target.count)
        return unsafe CZlib.inflate(&stream, Z_FINISH)
      }
    }
    guard status == Z_STREAM_END, unsafe stream.avail_out == 1, unsafe stream.avail_in == 0 else { return nil }
    output.removeLast()
    return output
  }
}
