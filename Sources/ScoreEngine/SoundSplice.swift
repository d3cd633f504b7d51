import Audio
import Composer
import Glibc
import Mix

/// Puts the sound of the source back wherever an edit left it alone.
struct SoundSplice {
  let source: StereoBuffer
  let kept: [KeptSound]

  /// A fade where the two differ: short, and of gains that add up to 1, so that no peak passes those of the two.
  private static let cutSeconds = 0.03
  /// A fade from one rendering of the same notes to another.
  private static let blendSeconds = 0.25
  /// How far the new sound may be turned to meet the level of the old: not up, since it was mastered up to the highest
  /// peak already.
  private static let gains: ClosedRange<Float> = 0.7...1

  /// - Returns: in `mixdown`, sample for sample the source in the kept stretches (but for fades inside them) and the new
  ///   rendering elsewhere, at the source's level. The stems are turned to the same level; they are the new rendering's
  ///   throughout.
  func apply(to mixdown: inout Mixdown) {
    let gain = levelGain(mixdown.audio)
    mixdown.scale(by: gain)
    for stretch in kept {
      let place = Place(stretch, source: source, frames: mixdown.audio.frames)
      lay(source.left, into: &mixdown.audio.left, place)
      lay(source.right, into: &mixdown.audio.right, place)
    }
  }

  /// A stretch in frames.
  private struct Place {
    let first: Int
    let start: Int
    let count: Int
    let fadesInside: Bool
    let fade: Int
    let isAtStart: Bool
    let isAtEnd: Bool

    init(_ stretch: KeptSound, source: StereoBuffer, frames: Int) {
      let rate = Double(source.sampleRate)
      first = Int((stretch.seconds.lowerBound * rate).rounded())
      start = Int((stretch.startSeconds * rate).rounded())
      let last = Int((stretch.seconds.upperBound * rate).rounded())
      count = max(0, min(last - first, source.frames - first, frames - start))
      fadesInside = stretch.fadesInside
      fade = Int((stretch.fadesInside ? SoundSplice.blendSeconds : SoundSplice.cutSeconds) * rate)
      isAtStart = start == 0
      isAtEnd = start + count >= frames
    }
  }

  private func lay(_ old: [Float], into new: inout [Float], _ place: Place) {
    guard place.count > 0 else { return }
    if place.fadesInside {
      let fade = min(place.fade, place.count / 2)
      for frame in 0..<place.count {
        let fromStart = place.isAtStart ? fade : min(frame, fade)
        let fromEnd = place.isAtEnd ? fade : min(place.count - 1 - frame, fade)
        let share = fade == 0 ? 1 : Float(min(fromStart, fromEnd)) / Float(fade)
        let sample = old[place.first + frame]
        new[place.start + frame] = share == 1 ? sample : sample * share + new[place.start + frame] * (1 - share)
      }
      return
    }
    // The source goes on a little under the new sound on both sides.
    for step in 0..<place.fade {
      let falling = 0.5 + 0.5 * cosf(.pi * (Float(step) + 0.5) / Float(place.fade))
      let rising = 1 - falling
      let after = (old: place.first + place.count + step, new: place.start + place.count + step)
      if after.old < old.count, after.new < new.count {
        new[after.new] = old[after.old] * falling + new[after.new] * rising
      }
      let before = (old: place.first - 1 - step, new: place.start - 1 - step)
      if before.old >= 0, before.new >= 0 {
        new[before.new] = old[before.old] * falling + new[before.new] * rising
      }
    }
    for frame in 0..<place.count { new[place.start + frame] = old[place.first + frame] }
  }

  /// What brings the new rendering to the level of the source where both have the same notes; never louder than it
  /// was mastered.
  private func levelGain(_ audio: StereoBuffer) -> Float {
    var (old, new) = (0.0, 0.0)
    for stretch in kept {
      let place = Place(stretch, source: source, frames: audio.frames)
      for frame in 0..<place.count {
        let was = SIMD2(source.left[place.first + frame], source.right[place.first + frame])
        let now = SIMD2(audio.left[place.start + frame], audio.right[place.start + frame])
        old += Double((was * was).sum())
        new += Double((now * now).sum())
      }
    }
    guard old > 0, new > 0 else { return 1 }
    return min(max(Float((old / new).squareRoot()), Self.gains.lowerBound), Self.gains.upperBound)
  }
}
