import Music

extension Style {
  /// Finds a style writer's slips when the style is loaded, not in the middle of a song.
  func check() throws {
    func fail(_ reason: String) -> ComposerError { .badResource(name: "\(name).json", reason: reason) }
    guard tempo.min <= tempo.usual, tempo.usual <= tempo.max, tempo.min >= 20 else {
      throw fail("its tempo must have min <= usual <= max.")
    }
    for meter in meters.keys.sorted() where Meter(parsing: meter) == nil { throw fail("“\(meter)” is no metre.") }
    for mode in modes.keys.sorted() where Mode(rawValue: mode) == nil { throw fail("“\(mode)” is no mode.") }
    for tonic in tonics where PitchClass(parsing: tonic) == nil { throw fail("“\(tonic)” is no tonic.") }
    guard !tonics.isEmpty, !modes.isEmpty, !meters.isEmpty else { throw fail("it needs tonics, modes and metres.") }
    for family in ["major", "minor"] {
      guard let sections = progressions[family], sections["any"]?.isEmpty == false,
        cadences[family]?.isEmpty == false
      else { throw fail("it needs \(family) progressions for \"any\" section, and \(family) cadences.") }
      for (_, list) in sections {
        for progression in list { try check(progression) }
      }
      for progression in cadences[family] ?? [] { try check(progression) }
    }
    for (family, list) in substitutions ?? [:] {
      guard ["major", "minor"].contains(family) else { throw fail("its substitutions are for \"major\" and \"minor\".") }
      for substitution in list {
        guard (substitution.replaces == nil) != (substitution.before == nil) else {
          throw fail("a substitution says either what it \"replaces\" or what it goes \"before\".")
        }
        let target = substitution.replaces ?? substitution.before ?? ""
        try check(Progression(chords: substitution.chords))
        try check(Progression(chords: target))
      }
    }
    for ending in endings?.keys.sorted() ?? [] where Ending.Kind(rawValue: ending) == nil {
      throw fail("“\(ending)” is no ending; known are \(Ending.Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    if let modulation, modulation.semitones.isEmpty || !modulation.semitones.allSatisfy({ (1...4).contains($0) }) {
      throw fail("its modulation goes up by 1 to 4 semitones.")
    }
    guard melody.range.count == 2, melody.range[1] - melody.range[0] >= 9 else {
      throw fail("its melody range must be two keys, at least a sixth apart.")
    }
    for part in parts {
      guard Part.Role(rawValue: part.role) != nil else { throw fail("part \(part.id): “\(part.role)” is no role.") }
      for instrument in [part.instrument] + (part.alternatives ?? []).map(\.instrument)
      where Instrument(parsing: instrument) == nil {
        throw fail("part \(part.id): “\(instrument)” is no instrument.")
      }
      for pattern in part.pattern?.values ?? [] where patterns[pattern] == nil {
        throw fail("part \(part.id) names the pattern “\(pattern)”, which isn't there.")
      }
      for kind in part.only ?? [] where Section.Kind(rawValue: kind) == nil {
        throw fail("part \(part.id): “\(kind)” is no section kind.")
      }
    }
    for lane in drums.grooves.values.flatMap({ $0 }).flatMap({ $0.lanes.keys })
      + drums.fills.values.flatMap({ $0 }).flatMap({ $0.lanes.keys }) where DrumKey(rawValue: lane) == nil
    {
      throw fail("“\(lane)” is no drum.")
    }
    for letter in (form.ladder + [form.cycle, form.usual]).joined() where letter != " " {
      guard FormLetter.kind(of: letter) != nil else { throw fail("“\(letter)” in its form is no section.") }
    }
    guard !form.ladder.isEmpty, form.sectionBars.allSatisfy({ $0 >= 2 }), !form.sectionBars.isEmpty else {
      throw fail("its form needs a ladder, and sections of two bars or more.")
    }
  }

  private func check(_ progression: Progression) throws {
    do {
      _ = try ChordBars(parsing: progression.chords)
    } catch {
      throw ComposerError.badResource(name: "\(name).json", reason: "\(error)")
    }
  }
}

/// The drums that step strings name, by General MIDI percussion key.
enum DrumKey: String, CaseIterable {
  case kick, stick, snare, clap, brush, hat, pedal, open, tomHigh, tomMid, tomLow, tomFloor, crash, ride, bell
  case splash, china, crash2, tambourine, cowbell, shaker, maracas, bongoHigh, bongoLow, congaMute, congaHigh
  case congaLow, timbaleHigh, timbaleLow, agogo, agogoLow, guiro, claves, block, blockLow, cuica, triangle
  case snare2, kick2

  var midi: Int {
    switch self {
    case .kick2: 35
    case .kick: 36
    case .stick: 37
    case .snare: 38
    case .clap, .brush: 39
    case .snare2: 40
    case .tomFloor: 41
    case .hat: 42
    case .tomLow: 43
    case .pedal: 44
    case .tomMid: 47
    case .open: 46
    case .crash: 49
    case .tomHigh: 50
    case .ride: 51
    case .china: 52
    case .bell: 53
    case .tambourine: 54
    case .splash: 55
    case .cowbell: 56
    case .crash2: 57
    case .bongoHigh: 60
    case .bongoLow: 61
    case .congaMute: 62
    case .congaHigh: 63
    case .congaLow: 64
    case .timbaleHigh: 65
    case .timbaleLow: 66
    case .agogo: 67
    case .agogoLow: 68
    case .shaker: 70
    case .maracas: 70
    case .guiro: 73
    case .claves: 75
    case .block: 76
    case .blockLow: 77
    case .cuica: 78
    case .triangle: 81
    }
  }
}

/// The letters of a form string.
enum FormLetter {
  static func kind(of letter: Character) -> Section.Kind? {
    switch letter.lowercased() {
    case "i": .intro
    case "v": .verse
    case "p": .preChorus
    case "c": .chorus
    case "b": .bridge
    case "s": .solo
    case "n": .interlude
    case "d": .drop
    case "u": .build
    case "o": .outro
    default: nil
    }
  }
}
