import Generation
import JSON
import Testing

/// Which stems are asked for, in all the ways that clients have (`api.md` 19).
@Suite struct StemSelectionTests {
  private func normalised(_ body: JSON.Members, _ task: MusicTask = .separation) throws(InvalidParameters) -> JSON.Members {
    var body = body
    body["url"] = body["url"] ?? "/media/1/0.flac"
    return try ParameterSchema.normalise(body, for: task)
  }

  @Test(arguments: [
    (StemMode.two, ["vocals", "no_vocals"]), (.four, ["vocals", "drums", "bass", "other"]),
    (.six, ["vocals", "drums", "bass", "guitar", "piano", "other"]),
  ])
  func aModeIsItsStems(_ mode: StemMode, _ names: [String]) throws {
    let request = try normalised(["mode": .string(mode.rawValue), "stem": "bass"])
    #expect(StemSelection(of: request)?.stems.map(\.name) == names)
    #expect(SongRequest(task: .separation, parameters: request, seed: 1).sourceUse != nil)
  }

  @Test func fourIsWhatIsMadeUnlessAskedOtherwise() throws {
    #expect(StemSelection(of: try normalised([:]))?.stems.count == 4)
    #expect(StemSelection(of: try normalised(["mode": "mastering"])) == .everyPart)
    #expect(StemSelection(of: try normalised(["mode": "studio"]))?.leavesOutSilent == true)
    #expect(StemSelection(of: try normalised(["mode": "single", "stem": "Piano"]))?.stems.map(\.name) == ["piano"])
  }

  static let whatCannotBeMadeIsRefusedByItsFieldCases: [(JSON.Members, String, String)] = [
    (["mode": "single"], "stem", "is required"), (["mode": "single", "stem": "kazoo"], "stem", "has no stem kazoo"),
    (["mode": "producer"], "mode", "kick, snare"), (["mode": "ten"], "mode", "must be one of"),
    (["mode": "custom", "stems": "vocals, no_drums"], "stems", "share sounds"), (["mode": "custom", "stems": "piano, keyboard"], "stems", "twice"),
    (["mode": "single", "stem": "vocals, bass"], "stem", "one stem"), (["mode": "custom", "stems": ", ,"], "stems", "is required"),
  ]

  @Test(arguments: StemSelectionTests.whatCannotBeMadeIsRefusedByItsFieldCases)
  func whatCannotBeMadeIsRefusedByItsField(_ body: JSON.Members, _ field: String, _ words: String) throws {
    do {
      _ = try normalised(body)
      Issue.record("it was taken")
    } catch {
      #expect(error.faults.map(\.field) == [field] && error.description.contains(words), "\(error)")
    }
  }

  @Test func anAddressIsRequired() {
    for task in [MusicTask.separation, .transcription] {
      #expect(throws: InvalidParameters.self) { try ParameterSchema.normalise([:], for: task) }
    }
  }

  static let lists: [(JSON, [String])] = [
    ("['bass', 'vocals']", ["bass", "vocals"]), (#"["bass","vocals"]"#, ["bass", "vocals"]), ("bass, vocals", ["bass", "vocals"]),
    (["bass", " vocals "], ["bass", "vocals"]), (#"["it's", 'x']"#, ["it's", "x"]), ("", []), ("[]", []), ("[", ["["]), ("'", ["'"]),
    ("('a',)", ["a"]),
  ]

  @Test(arguments: StemSelectionTests.lists)
  func aListIsReadHoweverItComes(_ given: JSON, _ words: [String]) { #expect(WordList.words(in: given) == words) }

  @Test func whatIsNoListIsNone() {
    for value in [JSON.int(4), [1, 2], .bool(true), ["a": "b"]] { #expect(WordList.words(in: value) == nil) }
  }

  @Test func everyTrackGoesToOneStemAtMost() throws {
    let four = try StemSelection(named: ["vocals", "drums", "bass", "other"])
    for track in StemTrack.allCases { #expect(four.index(of: track) != nil, "\(track)") }
    #expect(four.index(of: .backingVocals) == 0 && four.index(of: .percussion) == 1 && four.index(of: .guitar) == 3)
    let two = try StemSelection(named: ["vocals", "no_vocals"])
    #expect(two.index(of: .backingVocals) == 0 && two.index(of: .drums) == 1)
    let few = try StemSelection(named: ["guitar", "other"])
    #expect(few.index(of: .guitar) == 0 && few.index(of: .strings) == 1 && few.index(of: .drums) == nil && few.index(of: .vocals) == nil)
    let apart = try StemSelection(named: ["vocals", "backing_vocals"])
    #expect(apart.index(of: .backingVocals) == 1)
    #expect(try StemSelection(named: ["instrumental"]).index(of: .vocals) == nil)
  }

  @Test func notesHaveOptions() throws {
    let request = try normalised(["stems": "['bass', 'vocals']", "tempo_bpm": 98, "min_note_len_ms": 50], .transcription)
    guard case .transcribe(let stems, let options)? = SongRequest(task: .transcription, parameters: request, seed: 1).sourceUse else {
      Issue.record("nothing is written down")
      return
    }
    #expect(stems?.map(\.track) == [.bass, .vocals] && options.bpm == 98 && options.leastSeconds == 0.05 && options.onsetThreshold == nil)
    for body in [["tempo_bpm": 7], ["onset_threshold": 1], ["stems": "no_vocals"], ["stems": "kazoo"]] as [JSON.Members] {
      #expect(throws: InvalidParameters.self, "\(body)") { try normalised(body, .transcription) }
    }
  }
}
