/// Music lines: notes, chords, rests, bar lines, tuplets, ties (ABC 2.1, 4).
extension ABCReader {
  mutating func music(_ text: Substring, line: Int) {
    needVoice(at: .init(line: line, column: 1))
    beginLyrics()
    var scanner = ABCScanner(text, line: line)
    while let character = scanner.next, problems.count < ABCLimits.problems {
      let place = scanner.place
      switch character {
      case _ where character.isWhitespace, ")", "`", "$", "*", ";", ".", "~": scanner.index += 1
      case "\\" where scanner.index == scanner.characters.count - 1: scanner.index += 1
      case "\"": quoted(&scanner, at: place)
      case "!", "+": decoration(&scanner, at: place)
      case "{":
        scanner.index += 1
        if scanner.text(upTo: "}") == nil { report(at: place, "These grace notes have no closing }.") }
      case "(": tuplet(&scanner, at: place)
      case "[": bracket(&scanner, at: place)
      case "|", ":", "]": barLine(&scanner, at: place)
      case "-":
        scanner.index += 1
        tieLast()
      case ">", "<": broken(&scanner, at: place)
      case "&":
        scanner.index += 1
        overlay()
      case "z", "x": rest(&scanner, at: place)
      case "Z", "X": barRest(&scanner, at: place)
      case "y":
        scanner.index += 1
        _ = scanner.number()
      case "^", "_", "=", "A"..."G", "a"..."g": note(&scanner, at: place)
      // Decorations of one letter, those that U: can define among them.
      case "H"..."W", "h"..."w": scanner.index += 1
      default:
        scanner.index += 1
        report(at: place, "“\(character)” means nothing here.")
      }
    }
  }

  private mutating func beginLyrics() {
    voices[current].lyricStart = (voices[current].bars.count, voices[current].bar.events.count)
    voices[current].lyricVerses = 0
  }

  // MARK: Words and signs

  private mutating func quoted(_ scanner: inout ABCScanner, at place: ABCTune.Place) {
    scanner.index += 1
    guard let text = scanner.text(upTo: "\"") else {
      scanner.index = scanner.characters.count
      return report(at: place, "This chord symbol has no closing quotation mark.")
    }
    // Annotations begin with a sign of where they stand.
    guard let first = text.first, !"^_<>@".contains(first) else { return }
    mark(.chord(String(text.prefix(40))))
  }

  private mutating func decoration(_ scanner: inout ABCScanner, at place: ABCTune.Place) {
    guard let sign = scanner.take() else { return }
    let start = scanner.index
    guard let name = scanner.text(upTo: sign), name.count <= 40 else {
      scanner.index = start  // An old line break, or a stray sign.
      return
    }
    if let velocity = Self.velocities[name] { voices[current].velocity = velocity }
  }

  private static let velocities = [
    "ppp": 28, "pp": 40, "p": 54, "mp": 68, "mf": 82, "f": 96, "ff": 110, "fff": 122, "sfz": 112,
  ]

  private mutating func bracket(_ scanner: inout ABCScanner, at place: ABCTune.Place) {
    guard let second = scanner.peek(1) else {
      scanner.index += 1
      return report(at: place, "“[” opens nothing.")
    }
    if scanner.peek(2) == ":", second.isLetter, second.isASCII {
      scanner.index += 3
      guard let value = scanner.text(upTo: "]") else {
        scanner.index = scanner.characters.count
        return report(at: place, "This field has no closing bracket.")
      }
      if second != "r" { field(second, value[...], line: place.line) }
      if second == "V" { beginLyrics() }
    } else if second == "|" || second == "]" || second.isNumber {
      barLine(&scanner, at: place)
    } else {
      chord(&scanner, at: place)
    }
  }

  // MARK: Bar lines

  private mutating func barLine(_ scanner: inout ABCScanner, at place: ABCTune.Place) {
    var sign = ""
    if scanner.next == "[", scanner.peek(1) == "|" || scanner.peek(1) == "]" {
      sign.append("[")
      scanner.index += 1
    }
    while let character = scanner.next, "|:]".contains(character), sign.count < 12 {
      sign.append(character)
      scanner.index += 1
    }
    if scanner.next == "[", scanner.peek(1) == "|" {
      sign += "[|"
      scanner.index += 2
      while scanner.take(":") { sign += ":" }
    }
    let bars = sign.filter { $0 == "|" }.count
    var before = 0
    var after = 0
    if bars == 0, sign.allSatisfy({ $0 == ":" }) {
      if sign.count >= 2 {
        before = 1
        after = 1
      }
    } else {
      before = min(sign.prefix { $0 == ":" }.count, 8)
      after = sign.reversed().prefix { $0 == ":" }.count
    }
    let endings = endingNumbers(&scanner)
    let isClosed = bars >= 2 || sign.contains("]") || sign.contains("[") || before + after > 0
    let hadEvents = voices[current].close(place: scanner.place)
    voices[current].bar.place = scanner.place
    if let last = voices[current].bars.indices.last, hadEvents || before > 0 || isClosed {
      voices[current].bars[last].repeats = max(voices[current].bars[last].repeats, before)
      if isClosed || !endings.isEmpty { voices[current].bars[last].isClosed = true }
    }
    if isClosed { voices[current].endings = [] }
    if after > 0 { voices[current].startsRepeat = true }
    if !endings.isEmpty { voices[current].endings = endings }
    if voices[current].bars.count > ABCLimits.bars {
      problems = Array(problems.prefix(ABCLimits.problems - 1))
      report(.limit, at: place, "There are more than \(ABCLimits.bars) bars.")
      while problems.count < ABCLimits.problems { problems.append(problems[problems.count - 1]) }
    }
  }

  /// `1`, `[2`, `1,3` or `1-3` after a bar line.
  private func endingNumbers(_ scanner: inout ABCScanner) -> Set<Int> {
    var look = scanner
    if look.next == "[" { look.index += 1 }
    guard look.next?.isNumber == true else { return [] }
    var numbers: Set<Int> = []
    while let number = look.number(), (1...32).contains(number) {
      numbers.insert(number)
      if look.next == "-", look.peek(1)?.isNumber == true {
        look.index += 1
        if let last = look.number(), last >= number, last <= 32 { numbers.formUnion(number...last) }
      }
      guard look.next == ",", look.peek(1)?.isNumber == true else { break }
      look.index += 1
    }
    scanner = look
    return numbers
  }

  // MARK: Lengths

  private var unit: Int { voices[current].unitLength ?? defaultUnit }

  /// `3`, `/2`, `3/2`, `//`; nil after a report.
  private mutating func factor(_ scanner: inout ABCScanner) -> (numerator: Int, denominator: Int)? {
    let place = scanner.place
    var numerator = 1
    var denominator = 1
    if scanner.next?.isNumber == true {
      guard let number = scanner.number(), (1...1024).contains(number) else {
        report(at: place, "A length must be from 1 to 1024.")
        return nil
      }
      numerator = number
    }
    while scanner.take("/") {
      var part = 2
      if scanner.next?.isNumber == true {
        guard let number = scanner.number(), (1...1024).contains(number) else {
          report(at: place, "A length must be divided by 1 to 1024.")
          return nil
        }
        part = number
      }
      denominator *= part
      guard denominator <= 4096 else {
        report(at: place, "This length is too short to be a note.")
        return nil
      }
    }
    return (numerator, denominator)
  }

  private mutating func length(_ scanner: inout ABCScanner) -> Int? {
    guard let factor = factor(&scanner) else { return nil }
    return unit * factor.numerator / factor.denominator
  }

  private mutating func tuplet(_ scanner: inout ABCScanner, at place: ABCTune.Place) {
    scanner.index += 1
    guard scanner.next?.isNumber == true else { return }  // A slur.
    guard let p = scanner.number(), (2...32).contains(p) else {
      return report(at: place, "A tuplet has 2 to 32 notes.")
    }
    let isCompound = tune.meter.map { $0.beats % 3 == 0 && $0.beats > 3 } ?? false
    var q = [2: 3, 3: 2, 4: 3, 6: 2, 8: 3][p] ?? (isCompound ? 3 : 2)
    var r = p
    if scanner.take(":") {
      if let number = scanner.number() { q = number }
      if scanner.take(":"), let number = scanner.number() { r = number }
    }
    guard (1...32).contains(q), (1...64).contains(r) else {
      return report(at: place, "A tuplet's figures must be from 1 to 32.")
    }
    voices[current].tuplet = (r, q, p)
  }

  private mutating func broken(_ scanner: inout ABCScanner, at place: ABCTune.Place) {
    let sign = scanner.next
    var count = 0
    while scanner.next == sign {
      count += 1
      scanner.index += 1
    }
    guard let last = voices[current].bar.events.indices.last, count <= 3 else {
      return report(at: place, "“\(sign ?? ">")” must stand between two notes.")
    }
    let power = 1 << count
    let long = (2 * power - 1, power)
    let short = (1, power)
    let first = sign == ">" ? long : short
    let old = voices[current].bar.events[last].length
    let new = old * first.0 / first.1
    voices[current].bar.events[last].length = new
    voices[current].cursor += new - old
    voices[current].broken = sign == ">" ? short : long
  }

  // MARK: Notes

  /// A note name without its length, at the scanner.
  struct NoteName {
    var letter: Int
    var octave: Int
    var alter: Int?
    func midi(alter: Int) -> Int { (octave + 1) * 12 + Spelling.naturals[letter] + alter }
  }

  static func pitch(_ scanner: inout ABCScanner) -> NoteName? {
    var look = scanner
    var alter: Int?
    while let sign = look.next, "^_=".contains(sign) {
      alter = (alter ?? 0) + (sign == "^" ? 1 : sign == "_" ? -1 : 0)
      look.index += 1
    }
    guard abs(alter ?? 0) <= 2, let character = look.take(), let letter = letters[Character(character.lowercased())]
    else { return nil }
    var octave = character.isLowercase ? 5 : 4
    while let mark = look.next, mark == "'" || mark == "," {
      octave = min(max(octave + (mark == "'" ? 1 : -1), -5), 15)
      look.index += 1
    }
    scanner = look
    return NoteName(letter: letter, octave: octave, alter: alter)
  }

  /// Reads a note's name and gives its pitch with what key and bar say; nil after a report.
  private mutating func name(_ scanner: inout ABCScanner, at place: ABCTune.Place) -> ABCTune.Head? {
    guard let name = Self.pitch(&scanner) else {
      scanner.index += 1
      report(at: place, "An accidental must stand before a note.")
      return nil
    }
    let memory = propagation == "octave" ? name.octave * 7 + name.letter : name.letter
    if let alter = name.alter, propagation != "not" { voices[current].accidentals[memory] = alter }
    let alter = name.alter ?? voices[current].accidentals[memory] ?? voices[current].signature[name.letter]
    let midi = name.midi(alter: alter)
    guard (0...127).contains(midi) else {
      report(at: place, "This note lies beyond every instrument (MIDI 0 to 127).")
      return nil
    }
    return ABCTune.Head(midi: midi, step: name.octave * 7 + name.letter, isExplicit: name.alter != nil, isTied: false)
  }

  private mutating func note(_ scanner: inout ABCScanner, at place: ABCTune.Place) {
    guard var note = name(&scanner, at: place), let length = length(&scanner) else { return }
    if scanner.take("-") { note.isTied = true }
    add([note], length: length, at: place)
  }

  private mutating func chord(_ scanner: inout ABCScanner, at place: ABCTune.Place) {
    scanner.index += 1
    var notes: [ABCTune.Head] = []
    var inner: Int?
    while let character = scanner.next, character != "]" {
      let here = scanner.place
      switch character {
      case "^", "_", "=", "A"..."G", "a"..."g":
        guard var note = name(&scanner, at: here), let length = length(&scanner) else { return }
        if scanner.take("-") { note.isTied = true }
        if inner == nil { inner = length }
        guard notes.count < ABCLimits.notesInChord else {
          return report(.limit, at: here, "A chord has at most \(ABCLimits.notesInChord) notes.")
        }
        notes.append(note)
      case "\"": quoted(&scanner, at: here)
      case "!", "+": decoration(&scanner, at: here)
      case "|":
        return report(at: place, "This chord has no closing bracket.")
      default: scanner.index += 1
      }
    }
    guard scanner.take("]") else { return report(at: place, "This chord has no closing bracket.") }
    guard let outer = factor(&scanner) else { return }
    if scanner.take("-") { for index in notes.indices { notes[index].isTied = true } }
    guard !notes.isEmpty else { return report(at: place, "This chord has no notes.") }
    add(notes, length: (inner ?? unit) * outer.numerator / outer.denominator, at: place)
  }

  private mutating func rest(_ scanner: inout ABCScanner, at place: ABCTune.Place) {
    scanner.index += 1
    guard let length = length(&scanner) else { return }
    add([], length: length, at: place)
  }

  private mutating func barRest(_ scanner: inout ABCScanner, at place: ABCTune.Place) {
    scanner.index += 1
    var count = 1
    if scanner.next?.isNumber == true {
      guard let number = scanner.number(), (1...ABCLimits.bars).contains(number) else {
        return report(at: place, "A rest of bars has 1 to \(ABCLimits.bars) of them.")
      }
      count = number
    }
    guard voices[current].cursor == 0 else { return report(at: place, "A rest of whole bars must begin at a bar line.") }
    let bar = tune.meter.map { $0.beats * ABCTune.unitsPerWhole / $0.unit } ?? ABCTune.unitsPerWhole
    voices[current].bar.restBars = count
    voices[current].bar.length = bar
    voices[current].cursor = bar
  }

  private mutating func add(_ notes: [ABCTune.Head], length: Int, at place: ABCTune.Place) {
    var length = length
    if let broken = voices[current].broken {
      length = length * broken.numerator / broken.denominator
      voices[current].broken = nil
    }
    if let tuplet = voices[current].tuplet {
      length = length * tuplet.numerator / tuplet.denominator
      voices[current].tuplet = tuplet.left > 1 ? (tuplet.left - 1, tuplet.numerator, tuplet.denominator) : nil
    }
    noteCount += max(notes.count, 1)
    guard noteCount <= ABCLimits.notes else {
      if noteCount - max(notes.count, 1) <= ABCLimits.notes {
        report(.limit, at: place, "There are more than \(ABCLimits.notes) notes.")
      }
      return
    }
    guard voices[current].cursor <= 64 * ABCTune.unitsPerWhole else {
      return report(.limit, at: place, "This bar has no end.")
    }
    var event = ABCTune.Event(offset: voices[current].cursor, length: max(length, 1), notes: notes)
    event.velocity = voices[current].velocity
    voices[current].bar.events.append(event)
    voices[current].cursor += event.length
  }

  private mutating func tieLast() {
    guard let last = voices[current].bar.events.indices.last else { return }
    for index in voices[current].bar.events[last].notes.indices {
      voices[current].bar.events[last].notes[index].isTied = true
    }
  }

  private mutating func overlay() {
    voices[current].bar.length = max(voices[current].bar.length, voices[current].cursor)
    voices[current].cursor = 0
    voices[current].accidentals = [:]
    voices[current].tuplet = nil
    voices[current].broken = nil
  }
}
