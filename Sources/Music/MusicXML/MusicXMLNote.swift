/// A written element as `<note>`s.
struct MusicXMLNote {
  let element: Notation.Element
  /// The key in force where a note begins: a tied note keeps its name over a change of key.
  let key: (_ tick: Int) -> Key
  let barTicks: Int
  let partID: String
  var opensTriplet = false
  var closesTriplet = false
  var lyric: MusicXMLSyllables.Lyric?

  private static let types = [
    3840: "whole", 1920: "half", 960: "quarter", 480: "eighth", 240: "16th", 120: "32nd", 60: "64th", 30: "128th",
  ]

  func write(part: Part, places: [Int: Int], in xml: inout XMLText) {
    guard !element.isRest else {
      xml.element("note") { xml in
        let isBar = element.durationTicks == barTicks
        xml.element("rest", isBar ? ["measure": "yes"] : [:])
        xml.element("duration", [:], String(element.durationTicks))
        xml.element("voice", [:], "1")
        if !isBar { value(in: &xml) }
        notations(in: &xml)
      }
      return
    }
    var last: Pitch?
    for index in element.notes {
      let pitch = part.notes[index].pitch
      if pitch == last { continue }
      xml.element("note") { xml in
        if last != nil { xml.element("chord") }
        if part.playsDrumKit {
          let spelling = PercussionStaff.spelling(of: places[pitch.midi] ?? pitch.midi)
          xml.element("unpitched") {
            $0.element("display-step", [:], Spelling.letterNames[spelling.letter])
            $0.element("display-octave", [:], String(spelling.octave))
          }
        } else {
          let spelling = key(element.isContinuation ? part.notes[index].startTick : element.startTick).spelling(of: pitch)
          xml.element("pitch") {
            $0.element("step", [:], Spelling.letterNames[spelling.letter])
            if spelling.alter != 0 { $0.element("alter", [:], String(spelling.alter)) }
            $0.element("octave", [:], String(spelling.octave))
          }
        }
        xml.element("duration", [:], String(element.durationTicks))
        if element.isContinuation { xml.element("tie", ["type": "stop"]) }
        if element.isTied { xml.element("tie", ["type": "start"]) }
        if part.playsDrumKit { xml.element("instrument", ["id": "\(partID)-I\(pitch.midi)"]) }
        xml.element("voice", [:], "1")
        value(in: &xml)
        if part.playsDrumKit, PercussionStaff.isMetal(pitch.midi) { xml.element("notehead", [:], "x") }
        notations(in: &xml, isFirst: last == nil)
        if last == nil, let lyric {
          xml.element("lyric", ["number": "1"]) {
            $0.element("syllabic", [:], lyric.syllabic)
            $0.element("text", [:], lyric.text)
            if lyric.isHeld { $0.element("extend") }
          }
        }
      }
      last = pitch
    }
  }

  /// `type`, dots and `time-modification`. A length that no note value has (in a sample's score) has no type.
  private func value(in xml: inout XMLText) {
    let ticks = element.writtenTicks
    if let type = Self.types[ticks] {
      xml.element("type", [:], type)
    } else if ticks % 3 == 0, let type = Self.types[ticks / 3 * 2] {
      xml.element("type", [:], type)
      xml.element("dot")
    }
    if element.isTriplet {
      xml.element("time-modification") {
        $0.element("actual-notes", [:], "3")
        $0.element("normal-notes", [:], "2")
      }
    }
  }

  private func notations(in xml: inout XMLText, isFirst: Bool = true) {
    let brackets = isFirst && (opensTriplet || closesTriplet)
    guard brackets || !element.isRest && (element.isContinuation || element.isTied) else { return }
    xml.element("notations") { xml in
      if !element.isRest, element.isContinuation { xml.element("tied", ["type": "stop"]) }
      if !element.isRest, element.isTied { xml.element("tied", ["type": "start"]) }
      if isFirst, opensTriplet, !closesTriplet { xml.element("tuplet", ["type": "start"]) }
      if isFirst, closesTriplet, !opensTriplet { xml.element("tuplet", ["type": "stop"]) }
    }
  }
}

/// Which place in its word each syllable of a part has.
struct MusicXMLSyllables {
  struct Lyric {
    /// single, begin, middle or end.
    var syllabic: String
    var text: String
    /// Whether it goes on over later notes.
    var isHeld: Bool
  }

  private var lyrics: [Int: Lyric] = [:]

  init(part: Part, bars: [[Notation.Element]]) {
    guard part.notes.contains(where: { $0.syllable != nil }) else { return }
    var isInWord = false
    var last: Int?
    for element in bars.joined() where !element.isRest && !element.isContinuation {
      let syllable = element.notes.compactMap { part.notes[$0].syllable }.first
      guard let syllable, !syllable.isEmpty else {
        last = nil
        continue
      }
      if syllable == "-" {
        if let last { lyrics[last]?.isHeld = true }
        continue
      }
      let goesOn = syllable.count > 1 && syllable.hasSuffix("-")
      let syllabic = goesOn ? (isInWord ? "middle" : "begin") : isInWord ? "end" : "single"
      isInWord = goesOn
      lyrics[element.startTick] = Lyric(
        syllabic: syllabic, text: goesOn ? String(syllable.dropLast()) : syllable, isHeld: element.isTied)
      last = element.startTick
    }
  }

  func lyric(of element: Notation.Element) -> Lyric? {
    element.isRest || element.isContinuation ? nil : lyrics[element.startTick]
  }
}
