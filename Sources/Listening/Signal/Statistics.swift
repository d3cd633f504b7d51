import Foundation

func cosine(_ x: Double) -> Double { cos(x) }

extension [Double] {
  var mean: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }
  /// Of the population.
  var deviation: Double {
    let middle = mean
    return isEmpty ? 0 : (reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / Double(count)).squareRoot()
  }
  /// Of an even number the mean of the two in the middle; 0 of none.
  var median: Double {
    guard !isEmpty else { return 0 }
    let sorted = sorted()
    return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2
  }
  /// To mean 0 and deviation 1; all zeros where they don't vary.
  var standardised: [Double] {
    let (middle, spread) = (mean, deviation)
    return map { spread > 1e-12 ? ($0 - middle) / spread : 0 }
  }
  /// The value between two indices; the ends beyond them.
  func interpolated(_ position: Double) -> Double {
    guard let last = indices.last, position.isFinite else { return 0 }
    let at = Swift.min(Swift.max(position, 0), Double(last))
    let index = Swift.min(Int(at), Swift.max(0, last - 1))
    return last == 0 ? self[0] : self[index] + (at - Double(index)) * (self[index + 1] - self[index])
  }
  /// The highest of a range, as far as it lies within; nil where none does.
  func highest(_ range: ClosedRange<Int>) -> Double? {
    let (from, to) = (Swift.max(0, range.lowerBound), Swift.min(count, range.upperBound + 1))
    return from < to ? self[from..<to].max() : nil
  }
}

/// The cosine of the angle between two vectors; 0 where one is zero.
func similarity(_ a: [Double], _ b: [Double]) -> Double {
  var (dot, one, other) = (0.0, 0.0, 0.0)
  for (x, y) in zip(a, b) {
    dot += x * y
    one += x * x
    other += y * y
  }
  let norm = (one * other).squareRoot()
  return norm > 1e-12 ? dot / norm : 0
}

/// An index beyond the ends mirrored back, the ends counted twice: ... 1 0 | 0 1 ... n-1 | n-1 n-2 ...
func mirrored(_ index: Int, _ count: Int) -> Int {
  let period = 2 * count
  let at = ((index % period) + period) % period
  return at < count ? at : period - 1 - at
}

/// Medians over a window of odd width that moves along values, mirrored at the ends (the ends counted twice).
/// - Complexity: O(width) a value, in one sorted window.
func runningMedian(_ values: [Float], width: Int) -> [Float] {
  precondition(width % 2 == 1 && width > 0, "a median has a middle")
  guard !values.isEmpty, width > 1 else { return values }
  let half = width / 2
  var window = (-half...half).map { values[mirrored($0, values.count)] }.sorted()
  var medians = [Float](repeating: 0, count: values.count)
  for index in values.indices {
    medians[index] = window[half]
    let leaving = values[mirrored(index - half, values.count)]
    let entering = values[mirrored(index + half + 1, values.count)]
    if leaving == entering { continue }
    // The window stays sorted: what lies between the two places moves by one.
    var at = lowerBound(window, leaving)
    if entering > leaving {
      while at + 1 < width, window[at + 1] < entering {
        window[at] = window[at + 1]
        at += 1
      }
    } else {
      while at > 0, window[at - 1] > entering {
        window[at] = window[at - 1]
        at -= 1
      }
    }
    window[at] = entering
  }
  return medians
}

private func lowerBound(_ sorted: [Float], _ value: Float) -> Int {
  var (low, high) = (0, sorted.count - 1)
  while low < high {
    let middle = (low + high) / 2
    if sorted[middle] < value { low = middle + 1 } else { high = middle }
  }
  return low
}
