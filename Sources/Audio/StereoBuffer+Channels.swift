extension StereoBuffer {
  /// Both channels at once, to be written in place.
  public mutating func withChannels<Result>(
    _ body: (_ left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>) throws -> Result
  ) rethrows -> Result {
    // Moved out, not copied: the two spans then borrow from two variables.
    var left: [Float] = []
    var right: [Float] = []
    swap(&left, &self.left)
    swap(&right, &self.right)
    defer {
      swap(&left, &self.left)
      swap(&right, &self.right)
    }
    var leftSpan = left.mutableSpan
    var rightSpan = right.mutableSpan
    return try body(&leftSpan, &rightSpan)
  }
}
