internal import CPNG

extension WaveformPeaks {
  /// The waveform as a PNG picture of rounded bars, in the colours of the site's dark pages: what other sites show with a link to a song.
  /// - Parameters:
  ///   - width: in pixels, at least 24; 1200 x 630 is what Open Graph readers expect.
  ///   - height: in pixels.
  /// - Throws: `AudioError.cannotDraw` when libpng can't, for lack of memory.
  public func picture(width: Int = 1200, height: Int = 630) throws(AudioError) -> [UInt8] {
    precondition(width >= 24 && height >= 24, "a picture holds a bar at least")
    let pitch = 12
    let radius = 4.0
    let count = max(1, width * 9 / 10 / pitch)
    let margin = (width - count * pitch) / 2 + pitch / 2
    let middle = Double(height) / 2
    let levels = zip(minima, maxima).map { max(-Int($0), Int($1)) }
    let loudest = max(1, levels.max() ?? 1)
    // 0 for ground ... 255 for a bar.
    var pixels = [UInt8](repeating: 0, count: width * height)
    for bar in 0..<count {
      let level = levels[bar * levels.count / count..<(bar + 1) * levels.count / count].max() ?? 0
      let reach = Double(level) / Double(loudest) * (middle * 0.72 - radius)  // to the centre of the round end
      let centre = Double(margin + bar * pitch)
      for y in 0..<height {
        let beyond = max(0, abs(Double(y) + 0.5 - middle) - reach)
        guard beyond <= radius + 1 else { continue }
        for x in Int(centre - radius) - 1...Int(centre + radius) {
          let across = Double(x) + 0.5 - centre
          let cover = radius + 0.5 - (across * across + beyond * beyond).squareRoot()
          pixels[y * width + x] = UInt8(min(max(cover, 0), 1) * 255)
        }
      }
    }
    return try Self.png(pixels, width: width, height: height, from: [0x14, 0x12, 0x0f], to: [0xf2, 0xa9, 0x3b])
  }

  /// A PNG file of `pixels`, row by row, each a step from one colour to another.
  private static func png(
    _ pixels: [UInt8], width: Int, height: Int, from ground: [Int], to ink: [Int]
  ) throws(AudioError) -> [UInt8] {
    var palette: [UInt8] = []
    for step in 0...255 {
      for (low, high) in zip(ground, ink) { palette.append(UInt8(low + (high - low) * step / 255)) }
    }
    var image = unsafe png_image()
    unsafe image.version = UInt32(PNG_IMAGE_VERSION)
    unsafe (image.width, image.height) = (UInt32(width), UInt32(height))
    unsafe (image.format, image.colormap_entries) = (UInt32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_COLORMAP), 256)
    var file = [UInt8](repeating: 0, count: pixels.count * 2 + 65_536)
    var size = file.count
    guard unsafe png_image_write_to_memory(&image, &file, &size, 0, pixels, Int32(width), palette) != 0 else {
      throw .cannotDraw
    }
    return Array(file.prefix(size))
  }
}
