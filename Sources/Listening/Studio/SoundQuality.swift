import Audio
import Foundation
import Generation

extension HeardSong.Quality {
  /// Of any sound, from what was measured in it (`listening.md` 7).
  ///
  /// The chapter takes means within a part; where one fault alone spoils a sound (artefacts), this multiplies.
  init(_ report: SoundReport) {
    let (measures, defects) = (report.measures, report.defects)
    // There is nothing to judge in silence.
    guard measures.loudness.integrated.isFinite, measures.silence <= 0.8 else {
      self.init(parts: [:])
      return
    }
    var parts: [Part: Double] = [:]
    parts[.level] = [
      Self.ramp(abs(measures.loudness.integrated + 14), 4, 0.5), Self.ramp(measures.loudness.truePeak, 0.5, -0.8),
      Self.ramp(60 * measures.clippedRunsPerSecond, 30, 0), Self.ramp(measures.offset, 0.01, 0.001),
      Self.ramp(defects.innerSilence, 0.3, 0.05),
    ].mean
    parts[.spectrum] = Self.ramp(Self.distance(measures.thirds), 9, 2)
    parts[.artefacts] = (defects.hiss.map { Self.ramp($0, 0.5, 0.1) } ?? 1) * Self.ramp(defects.clicksPerMinute, 60, 2)
      * Self.ramp(defects.opposition, 0.2, 0)
    if let contrast = report.signal.formContrast {
      let sections = report.signal.sections
      let repeated = sections.filter { section in sections.count { $0.letter == section.letter } > 1 }
      let share = repeated.reduce(0) { $0 + $1.end - $1.start } / max(measures.duration, 1e-9)
      parts[.structure] = 0.5 * Self.ramp(contrast, 1, 6) + 0.5 * Self.ramp(share, 0, 0.4)
    }
    self.init(parts: parts)
  }

  /// 0 at one value, 1 at another and beyond, straight between.
  static func ramp(_ value: Double, _ zero: Double, _ one: Double) -> Double {
    min(max((value - zero) / (one - zero), 0), 1)
  }

  /// How far the spectrum from 40 Hz to 12.5 kHz lies on average from one that falls by 4.5 dB an octave above 100 Hz, in dB, both
  /// at one level; 1.5 dB don't count. In bands whose width grows with their frequency that fall is 1.5 dB.
  static func distance(_ thirds: [Double]) -> Double {
    let bands = zip(SoundMeasures.thirdCentres, thirds).filter { (39...12_800).contains($0.0) }
    let differences = bands.map { centre, level in level + 1.5 * max(0, log2(centre / 100)) }
    let middle = differences.mean
    return differences.map { max(0, abs($0 - middle) - 1.5) }.mean
  }
}
