/// A picture of floats, channels innermost: [height, width, channels]; a spectrogram is [time, frequency, channels].
public struct Image: Sendable, Equatable {
  public let height: Int
  public let width: Int
  public let channels: Int
  /// height x width x channels elements; their number must stay.
  public var values: [Float]

  public init(height: Int, width: Int, channels: Int, values: [Float]) {
    precondition(height >= 0 && width >= 0 && channels > 0 && values.count == height * width * channels, "the elements don't fill the image")
    self.height = height
    self.width = width
    self.channels = channels
    self.values = values
  }

  public init(height: Int, width: Int, channels: Int, repeating value: Float = 0) {
    self.init(
      height: height, width: width, channels: channels, values: [Float](repeating: value, count: height * width * channels))
  }

  public subscript(row: Int, column: Int, channel: Int) -> Float {
    precondition(column >= 0 && column < width && channel >= 0 && channel < channels, "outside the image")
    return values[(row * width + column) * channels + channel]
  }

  /// Each element by its channel: y = activation(x) x scale + shift if the activation comes first, else activation(x scale + shift);
  /// the activation is x where positive, else slope x.
  public mutating func apply(scale: [Float], shift: [Float], slope: Float, activationFirst: Bool) {
    precondition(scale.count == channels && shift.count == channels, "a scale and a shift for each channel")
    let channels = channels
    unsafe values.withUnsafeMutableBufferPointer { values in
      unsafe scale.withUnsafeBufferPointer { scale in
        unsafe shift.withUnsafeBufferPointer { shift in
          for start in stride(from: 0, to: values.count, by: channels) {
            if activationFirst {
              for channel in 0..<channels {
                let x = unsafe values[start + channel]
                unsafe values[start + channel] = (x > 0 ? x : x * slope) * scale[channel] + shift[channel]
              }
            } else {
              for channel in 0..<channels {
                let x = unsafe values[start + channel] * scale[channel] + shift[channel]
                unsafe values[start + channel] = x > 0 ? x : x * slope
              }
            }
          }
        }
      }
    }
  }
}
