import Music

/// Who plays what: the style's parts, changed by what the caption asks for and rules out.
struct Band {
  struct Player {
    var id: String
    var name: String
    var role: Part.Role
    var instrument: Instrument
    var part: StylePart
    var range: ClosedRange<Int>
    var layout: Voicer.Layout
    /// Whether the caption asked for it: it then plays in every section.
    var isAsked: Bool
    var energy: ClosedRange<Double>

    func plays(in section: SongFrame.FeltSection) -> Bool {
      if let only = part.only, !only.contains(section.kind.rawValue) { return false }
      return isAsked || energy.contains(section.energy)
    }
  }

  private(set) var players: [Player] = []
  let style: Style
  let catalogue: InstrumentCatalogue

  init(style: Style, plan: SongPlan, catalogue: InstrumentCatalogue, random: inout Random) {
    self.style = style
    self.catalogue = catalogue
    for part in style.parts {
      // Drawn for every part, asked or not, so that asking for one leaves the others as they were.
      let isIn = random.chance(part.chance ?? 1)
      let draw = random.unit()
      guard var player = player(part, plan: plan, draw: draw) else { continue }
      player.isAsked = plan.instrumentsAsked.contains { answers(player, to: $0) }
      if isIn || player.isAsked { players.append(player) }
    }
    for name in plan.instrumentsAsked where !players.contains(where: { answers($0, to: name) }) { bring(in: name) }
    if plan.onlyAskedInstruments { keepOnly(plan.instrumentsAsked) }
    ensureLead(plan)
    spreadHarmony()
  }

  /// Players of harmony that would all lie in one register move apart, as far as their instruments are at ease. Chords
  /// with a shape of their own, on a guitar or as bare fifths, stay where they are.
  private mutating func spreadHarmony() {
    // Strummed shapes reach down to their root but sound mostly above the middle.
    func centre(_ player: Player) -> Double {
      let (low, high) = (Double(player.range.lowerBound), Double(player.range.upperBound))
      return low + (high - low) * (player.layout == .guitar ? 0.65 : 0.5)
    }
    let shaped: Set<Voicer.Layout> = [.guitar, .power, .single, .octave]
    let isHarmony = { (player: Player) in [.chords, .pad, .arpeggio].contains(player.role) }
    var taken = players.filter { isHarmony($0) && shaped.contains($0.layout) }.map(centre)
    let leads = players.filter { $0.role == .melody || $0.role == .counterMelody }.map(centre)
    for index in players.indices where isHarmony(players[index]) && !shaped.contains(players[index].layout) {
      let player = players[index]
      // The catalogue says where an instrument usually accompanies; a fifth above it is still at ease.
      let highest = min(81, (catalogue.entry(for: player.instrument)?.range.upperBound ?? 76) + 7)
      func crowding(_ shift: Int) -> Double {
        let place = centre(player) + Double(shift)
        let others = taken.reduce(0) { $0 + max(0, 7 - abs($1 - place)) }
        return others + leads.reduce(0) { $0 + max(0, 4 - abs($1 - place)) * 0.3 } + 0.15 * Double(abs(shift))
      }
      let shifts = [0, 5, -5, 7, -7, 9, -9, 12].filter { shift in
        shift == 0 || (player.range.lowerBound + shift >= 48 && player.range.upperBound + shift <= highest)
      }
      let shift = shifts.min { crowding($0) < crowding($1) } ?? 0
      players[index].range = player.range.lowerBound + shift...player.range.upperBound + shift
      taken.append(centre(players[index]))
    }
  }

  private func player(_ part: StylePart, plan: SongPlan, draw: Double) -> Player? {
    var choices = [StylePart.Choice(instrument: part.instrument, name: part.name, weight: 1)]
    choices += part.alternatives ?? []
    func names(_ choice: StylePart.Choice) -> [String] {
      guard let instrument = Instrument(parsing: choice.instrument) else { return [] }
      let entry = catalogue.entry(for: instrument)
      let own = choice.instrument == part.instrument ? part.families ?? [] : []
      return own + (entry.map { [$0.name] + $0.families } ?? []) + roleNames(part.role)
    }
    let allowed = choices.filter { choice in !names(choice).contains { plan.instrumentsExcluded.contains($0) } }
    guard !allowed.isEmpty else { return nil }
    let asked = allowed.filter { choice in names(choice).contains { plan.instrumentsAsked.contains($0) } }
    let pool = asked.isEmpty ? allowed : asked
    var left = draw * pool.reduce(0) { $0 + ($1.weight ?? 1) }
    var choice = pool[0]
    for option in pool {
      choice = option
      left -= option.weight ?? 1
      if left < 0 { break }
    }
    guard let instrument = Instrument(parsing: choice.instrument), let role = Part.Role(rawValue: part.role) else {
      return nil
    }
    let entry = catalogue.entry(for: instrument)
    let usual = (choice.range ?? part.range).flatMap { $0.count == 2 ? $0[0]...$0[1] : nil } ?? defaultRange(role)
    // Room for the lift of the last chorus, at the edge of what the instrument has.
    let lift = role == .melody || role == .counterMelody ? plan.sections.map(\.keyShift).max() ?? 0 : 0
    let range = usual.lowerBound...max(usual.lowerBound + 9, usual.upperBound - lift)
    let energy = part.energy.flatMap { $0.count == 2 ? $0[0]...$0[1] : nil } ?? 0...1
    let name = choice.name ?? entry?.shown ?? part.name
    // A part named after its usual instrument takes the name of the one that plays it now.
    let id = choice.instrument == part.instrument || Self.roleIDs.contains(part.id) ? part.id : Self.slug(name)
    return Player(
      id: id, name: name, role: role, instrument: instrument, part: part,
      range: range, layout: part.voicing.flatMap(Voicer.Layout.init(rawValue:)) ?? .close, isAsked: false,
      energy: energy)
  }

  private static let roleIDs: Set<String> = ["lead", "counter", "bass", "drums", "percussion", "keys"]

  private static func slug(_ name: String) -> String {
    name.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: "-")
  }

  private func roleNames(_ role: String) -> [String] {
    switch role {
    case "drums", "percussion": ["drums"]
    case "bass": ["bass"]
    default: []
    }
  }

  private func defaultRange(_ role: Part.Role) -> ClosedRange<Int> {
    switch role {
    case .bass: 28...48
    case .melody, .vocal: style.melody.range[0]...style.melody.range[1]
    case .counterMelody: 62...81
    case .arpeggio: 55...79
    default: 50...70
    }
  }

  func answers(_ player: Player, to name: String) -> Bool {
    if player.part.families?.contains(name) == true { return player.instrument == Instrument(parsing: player.part.instrument) }
    if roleNames(player.role.rawValue).contains(name) { return true }
    guard let entry = catalogue.entry(for: player.instrument) else { return false }
    return entry.name == name || entry.families.contains(name)
  }

  /// Gives an instrument that the style doesn't have the place that suits it.
  private mutating func bring(in name: String) {
    guard let entry = catalogue[name] else { return }
    for role in entry.roles {
      let index = players.firstIndex { $0.role == role && !$0.isAsked }
      switch role {
      case .drums, .percussion: if players.contains(where: { $0.role == role }) { continue }
      case .melody, .bass:
        if let index {
          replace(index, with: entry)
          return
        }
        if players.contains(where: { $0.role == role }) { continue }
      case .chords, .pad, .arpeggio:
        // A second harmony instrument joins; a third takes the place of one nobody asked for.
        if players.filter({ [.chords, .pad, .arpeggio].contains($0.role) }).count >= 3, let index {
          replace(index, with: entry)
          return
        }
      default: break
      }
      players.append(newPlayer(entry, role: role))
      return
    }
  }

  private mutating func replace(_ index: Int, with entry: InstrumentCatalogue.Entry) {
    let old = players[index]
    var new = newPlayer(entry, role: old.role)
    if old.role == .melody || old.role == .bass { new.part = old.part }
    if old.role == .melody { new.range = clipped(old.range, to: entry.range) }
    new.part.alternatives = nil
    new.part.families = nil
    players[index] = new
  }

  private func clipped(_ range: ClosedRange<Int>, to limits: ClosedRange<Int>) -> ClosedRange<Int> {
    var low = range.lowerBound
    var high = range.upperBound
    while high > limits.upperBound { (low, high) = (low - 12, high - 12) }
    while low < limits.lowerBound { (low, high) = (low + 12, high + 12) }
    return max(low, limits.lowerBound)...max(min(high, limits.upperBound), max(low, limits.lowerBound) + 9)
  }

  private func newPlayer(_ entry: InstrumentCatalogue.Entry, role: Part.Role) -> Player {
    let id = Self.slug(entry.name)
    let pattern = [.chords, .arpeggio].contains(role) ? entry.pattern : nil
    let part = StylePart(
      id: id, name: entry.shown, role: role.rawValue, instrument: entry.instrument.text,
      pattern: pattern.map(OneOrMany.init), gate: 1, strum: entry.layout == .guitar ? 12 : nil)
    let wanted = defaultRange(role)
    return Player(
      id: id, name: entry.shown, role: role, instrument: entry.instrument, part: part,
      range: role == .chords || role == .pad || role == .arpeggio ? entry.range : clipped(wanted, to: entry.range),
      layout: entry.layout, isAsked: true, energy: 0...1)
  }

  /// "Solo piano": the named instruments share melody, chords and bass between them.
  private mutating func keepOnly(_ names: [String]) {
    let hasDrums = names.contains("drums")
    players = players.filter { player in
      names.contains { answers(player, to: $0) } || (hasDrums && player.role == .drums)
    }
    let entries = names.compactMap { catalogue[$0] }
    for role in [Part.Role.chords, .bass] where !players.contains(where: { $0.role == role }) {
      guard let entry = entries.first(where: { $0.roles.contains(.chords) || $0.roles.contains(.arpeggio) }) else { continue }
      if role == .bass, entry.range.lowerBound > 55 { continue }
      var player = newPlayer(entry, role: role)
      player.id += role == .bass ? "-low" : "-chords"
      player.name += role == .bass ? ", low" : ", chords"
      if role == .bass {
        player.range = 36...53
        player.part.pattern = OneOrMany("bass-root-hold")
      }
      players.append(player)
    }
  }

  /// Someone has to carry the tune.
  private mutating func ensureLead(_ plan: SongPlan) {
    guard !players.contains(where: { $0.role == .melody }) else { return }
    let candidates = plan.instrumentsAsked.compactMap { catalogue[$0] }
      + players.compactMap { catalogue.entry(for: $0.instrument) } + [catalogue["piano"]].compactMap { $0 }
    guard
      let entry = candidates.first(where: { entry in
        entry.roles.contains { [.melody, .chords, .arpeggio].contains($0) }
          && !plan.instrumentsExcluded.contains(entry.name)
          && !entry.families.contains { plan.instrumentsExcluded.contains($0) }
      })
    else { return }
    var player = newPlayer(entry, role: .melody)
    player.range = clipped(defaultRange(.melody), to: 40...96)
    player.id = players.contains { $0.id == player.id } ? player.id + "-lead" : player.id
    player.name += ", lead"
    players.insert(player, at: 0)
  }
}

extension OneOrMany {
  init(_ value: String) { values = [value] }
}
