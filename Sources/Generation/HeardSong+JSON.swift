import Audio
public import JSON
import Music

extension HeardSong {
  /// Everything, under the names that the API uses where it has them. Times in seconds; confidences 0 ... 1; null for what wasn't found.
  public var json: JSON {
    var members: JSON.Members = ["duration_seconds": rounded(durationSeconds)]
    members["bpm"] = .optional(tempo.map { Int($0.bpm.rounded()) })
    members["tempo"] = tempo?.json ?? .null
    members["beats"] = .array(beats.map { rounded($0) })
    members["downbeats"] = .array(downbeats.map { rounded($0) })
    members["timesignature"] = .optional(metre?.name)
    members["metre"] = metre?.json ?? .null
    members["keyscale"] = .optional(key?.key.name)
    members["key"] = key?.json ?? .null
    let spelling = key?.key ?? Key(tonic: PitchClass(rawValue: 0), mode: .major)
    members["chords"] = .array(chords.map { $0.json(in: spelling) })
    members["sections"] = .array(sections.map(\.json))
    members["loudness"] = level.json
    members["spectrum"] = spectrum.json
    members["caption"] = .optional(caption)
    members["resembles"] = .optional(resembles?.preset)
    members["resembles_confidence"] = resembles.map { rounded($0.confidence, 100) } ?? .null
    members["lyrics"] = lyrics?.json ?? .null
    members["melody"] = melody.map { .array($0.map(\.json)) } ?? .null
    members["quality"] = quality?.json ?? .null
    members["notes"] = .array(notices.map(JSON.string))
    return .object(members)
  }
}

extension HeardSong.Tempo {
  fileprivate var json: JSON {
    let candidates = candidates.map { candidate -> JSON in
      ["bpm": rounded(candidate.bpm, 10), "strength": rounded(candidate.strength, 100)]
    }
    return [
      "bpm": rounded(bpm, 100), "confidence": rounded(confidence, 100), "variable": .bool(isVariable),
      "candidates": .array(candidates),
    ]
  }
}

extension HeardSong.Metre {
  fileprivate var json: JSON {
    [
      "name": .string(name), "beats_per_bar": .int(beatsPerBar), "feel": .string(feel),
      "swing_ratio": .optional(swingRatio), "confidence": rounded(confidence, 100),
    ]
  }
}

extension HeardSong.KeyGuess {
  fileprivate var json: JSON {
    [
      "name": .string(key.name), "confidence": rounded(confidence, 100), "runner_up": .optional(runnerUp?.name),
      "tuning_cents": rounded(tuningCents, 10),
    ]
  }
}

extension HeardSong.ChordGuess {
  fileprivate func json(in key: Key) -> JSON {
    [
      "start": rounded(start), "end": rounded(end), "chord": .optional(chord?.symbol(in: key)),
      "confidence": rounded(confidence, 100),
    ]
  }
}

extension HeardSong.Section {
  fileprivate var json: JSON {
    [
      "start": rounded(start), "end": rounded(end), "label": .string(letter), "kind": .optional(kind?.rawValue),
      "confidence": rounded(confidence, 100), "energy": rounded(energy, 100),
    ]
  }
}

extension HeardSong.Level {
  fileprivate var json: JSON {
    [
      "integrated_lufs": rounded(loudness.integrated, 10), "range_lu": rounded(loudness.range, 10),
      "true_peak_dbtp": rounded(loudness.truePeak, 10), "rms_dbfs": rounded(rms, 10), "crest_db": rounded(crest, 10),
      "silence_share": rounded(silence), "clipped_runs_per_second": rounded(clippedRunsPerSecond, 100),
      "dc_offset": rounded(offset, 100_000),
    ]
  }
}

extension HeardSong.Spectrum {
  fileprivate var json: JSON {
    [
      "centroid_hz": rounded(centroid, 1), "roll_off_hz": rounded(rollOff, 1),
      "low_mid_high": .array(lowMidHigh.map { rounded($0) }), "stereo_correlation": rounded(stereoCorrelation),
      "side_to_mid": rounded(sideToMid),
    ]
  }
}

extension HeardSong.Lyrics {
  fileprivate var json: JSON {
    [
      "language": .optional(language), "language_confidence": rounded(languageConfidence, 100),
      "confidence": rounded(confidence, 100), "text": .string(text), "lines": .array(lines.map(\.json)),
    ]
  }
}

extension HeardSong.Lyrics.Line {
  fileprivate var json: JSON {
    let words = words.map { word -> JSON in
      [
        "text": .string(word.text), "start": rounded(word.start), "end": rounded(word.end),
        "confidence": rounded(word.confidence, 100),
      ]
    }
    return ["start": rounded(start), "end": rounded(end), "text": .string(text), "words": .array(words)]
  }
}

extension HeardSong.Quality {
  fileprivate var json: JSON {
    [
      "score": score.map { rounded($0, 100) } ?? .null,
      "parts": .object(JSON.Members(Part.allCases.compactMap { part in parts[part].map { (part.rawValue, rounded($0, 100)) } })),
    ]
  }
}

extension HeardSong.Note {
  fileprivate var json: JSON {
    [
      "start": rounded(start), "end": rounded(end), "midi": .int(midi), "confidence": rounded(confidence, 100),
    ]
  }
}

/// A number to so many parts of one; null where it is infinite.
private func rounded(_ value: Double, _ parts: Double = 1000) -> JSON {
  value.isFinite ? .double((value * parts).rounded() / parts) : .null
}
