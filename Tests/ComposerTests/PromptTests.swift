import Composer
import Music
import Testing

/// What captions in many languages are understood to ask for.
@Suite struct PromptTests {
  static func plan(_ caption: String, seed: UInt64 = 1) throws -> SongPlan {
    try CompositionTests.composer.get().plan(CompositionBrief(caption: caption, durationSeconds: 30, seed: seed))
  }

  @Test func theCaptionOfTheAcceptanceTestIsHonoured() throws {
    let plan = try Self.plan("upbeat synth pop, 120 bpm, A minor, bright")
    #expect(plan.genre == "Modern Pop")
    #expect(plan.bpm == 120)
    #expect(plan.key.name == "A Minor")
    #expect(plan.moods == ["upbeat", "bright"])
    #expect(plan.valence > 0.5)
  }

  @Test(arguments: [
    ("heavy metal", "Metal", "Metal"), ("bossa nova with flute", "Jazz", "Bossa Nova"), ("drum and bass", "Electronic", "Drum and Bass"),
    ("lo-fi beats to study to", "Hip Hop", "Lo-fi"), ("80s synthwave", "Electronic", "Synthwave"), ("12-bar blues", "Blues", "Blues"),
    ("reggaeton", "Latin", "Reggaeton"), ("epic cinematic trailer", "Classical", "Cinematic"), ("R&B slow jam", "R&B", "R&B"),
    ("música clásica", "Classical", "Classical"), ("ジャズ", "Jazz", "Jazz"), ("рок", "Rock", "Rock"), ("古典音乐", "Classical", "Classical"),
    ("힙합 비트", "Hip Hop", "Hip Hop"), ("جاز هادئ", "Jazz", "Jazz"), ("deutsche volksmusik", "Folk", "Folk"), ("शास्त्रीय संगीत", "Classical", "Classical"),
    ("jazz, bossa", "Jazz", "Bossa Nova"), ("gospel choir", "R&B", "Gospel"), ("trap beat with 808s", "Hip Hop", "Trap"),
  ])
  func aGenreIsFoundInManyLanguages(caption: String, genre: String, style: String) throws {
    let plan = try Self.plan(caption)
    #expect(plan.genre == genre)
    #expect(plan.style == style)
  }

  @Test(arguments: [
    ("sad piano", "sad"), ("traurige Ballade", "sad"), ("canción triste", "sad"), ("грустную песню", "sad"), ("悲しい曲", "sad"),
    ("joyeuse fête", "happy"), ("슬픈 노래", "sad"), ("快乐的歌", "happy"), ("música tranquila", "calm"), ("energischer Rock", "energetic"),
    ("hüzünlü bir şarkı", "sad"), ("smutna piosenka", "sad"), ("उदास गीत", "sad"), ("nhạc buồn", "sad"), ("lagu sedih", "sad"),
  ])
  func aMoodIsFoundInManyLanguages(caption: String, mood: String) throws {
    #expect(try Self.plan(caption).moods.contains(mood))
  }

  @Test(arguments: [
    ("rock without drums", "drums"), ("rock, no drums or bass", "bass"), ("jazz but no saxophone", "saxophone"),
    ("ohne Schlagzeug, Pop", "drums"), ("pop sin batería", "drums"), ("静かなピアノ曲、ドラムなし", "drums"), ("没有鼓的流行音乐", "drums"),
    ("드럼 없이 팝", "drums"), ("поп без ударных", "drums"), ("pop senza batteria", "drums"),
  ])
  func whatIsRuledOutIsNotPlayed(caption: String, name: String) throws {
    for seed in UInt64(0)..<6 {
      let plan = try Self.plan(caption, seed: seed)
      #expect(plan.instrumentsExcluded.contains(name), "\(caption)")
      let parts = try CompositionTests.composer.get().compose(plan, seed: seed).score.parts
      switch name {
      case "drums": #expect(parts.allSatisfy { $0.role != .drums && $0.role != .percussion })
      case "bass": #expect(parts.allSatisfy { $0.role != .bass })
      default: #expect(parts.allSatisfy { ![.program(64), .program(65), .program(66)].contains($0.instrument) })
      }
    }
  }

  /// One caption and what it should be understood to ask for; nil where it says nothing.
  struct Asked: Sendable {
    var caption: String
    var key: String?
    var bpm: Double?
    var meter: String?
    var mood: String?
    var without: String?
    var style: String?

    init(
      _ caption: String, key: String? = nil, bpm: Double? = nil, meter: String? = nil, mood: String? = nil,
      without: String? = nil, style: String? = nil
    ) {
      (self.caption, self.key, self.bpm, self.meter) = (caption, key, bpm, meter)
      (self.mood, self.without, self.style) = (mood, without, style)
    }
  }

  @Test(arguments: [
    Asked("Balada triste de piano en re menor, 70 bpm", key: "D Minor", bpm: 70, mood: "sad"),
    Asked("jazz lent en fa dièse mineur, sans batterie", key: "F# Minor", without: "drums", style: "Jazz"),
    Asked("Fröhlicher Walzer in G-Dur", key: "G Major", meter: "3/4", mood: "happy"),
    Asked("trauriges Lied in h-Moll", key: "B Minor", mood: "sad"), Asked("Marsch in B-Dur", key: "Bb Major", meter: "2/4"),
    Asked("Nocturne cis-Moll", key: "C# Minor", style: "Classical"), Asked("Rock durch die Nacht"),
    Asked("musica allegra in do maggiore, 120 bpm", key: "C Major", bpm: 120),
    Asked("música alegre em lá menor sem bateria", key: "A Minor", mood: "happy", without: "drums"),
    Asked("грустная песня в ре миноре, 90 bpm", key: "D Minor", bpm: 90, mood: "sad"),
    Asked("море и ветер"), Asked("明るいポップ、120BPM、ハ長調", key: "C Major", bpm: 120, mood: "happy", style: "Modern Pop"),
    Asked("悲伤的钢琴曲，A小调，70拍", key: "A Minor", bpm: 70, mood: "sad"), Asked("降E大调圆舞曲", key: "Eb Major", meter: "3/4"),
    Asked("빠른 록, E 단조, 드럼 없이", key: "E Minor", without: "drums", style: "Rock"),
    Asked("szybki rock w tonacji e-moll", key: "E Minor", style: "Rock"),
    Asked("rustige pianomuziek zonder drums in d mineur", key: "D Minor", mood: "calm", without: "drums"),
    Asked("lugn folkvisa i a-moll utan trummor", key: "A Minor", mood: "calm", without: "drums"),
    Asked("neşeli pop, davul olmadan", mood: "happy", without: "drums", style: "Modern Pop"),
    Asked("nhạc jazz chậm, không có trống", without: "drums", style: "Jazz"),
    Asked("musik pop ceria tanpa drum", mood: "happy", without: "drums", style: "Modern Pop"),
    Asked("بوب سعيد بدون طبول 120 bpm", bpm: 120, mood: "happy", without: "drums"),
    Asked("शांत पियानो संगीत, बिना ड्रम", mood: "calm", without: "drums"),
    Asked("μελαγχολικό πιάνο χωρίς τύμπανα", mood: "melancholic", without: "drums"),
    Asked("smutný klavír bez bicích", mood: "sad", without: "drums"), Asked("iloinen valssi", meter: "3/4", mood: "happy"),
    Asked("เพลงเศร้า เปียโน ไม่มีกลอง", mood: "sad", without: "drums"),
    Asked("techno à 132 BPM en la mineur", key: "A Minor", bpm: 132, style: "Techno"),
    Asked("slow blues in E, 12/8 shuffle", key: "E Major", meter: "6/8", style: "Blues"),
    Asked("uptempo swing at 200bpm, Bb major", key: "Bb Major", bpm: 200, style: "Swing"),
    Asked("acoustic ballad with no percussion and without bass", without: "bass"),
    Asked("don't use any guitars, synth only", without: "guitar"),
    Asked("in the key of C sharp minor", key: "C# Minor"), Asked("epic orchestral, D phrygian", key: "D Phrygian", mood: "epic"),
    Asked("boom bap, 85-95 bpm", bpm: 90, style: "Boom Bap"), Asked("drumless ambient", without: "drums", style: "Ambient"),
    Asked("beatless drone", without: "drums", style: "Ambient"), Asked("vals en compás de 3/4", meter: "3/4"),
    Asked("im 6/8-Takt, ruhig", meter: "6/8", mood: "calm"), Asked("not too happy, dark trap", mood: "dark", style: "Trap"),
    Asked("alla breve 2/2 hymn", meter: "4/4"), Asked("salsa brava con piano", style: "Salsa"), Asked("K-pop girl group", style: "K-Pop"),
    Asked("темп 96, регги", bpm: 96, style: "Reggae"), Asked("テンポ140のロック", bpm: 140, style: "Rock"),
  ])
  func captionsOfManyLanguagesAreUnderstood(asked: Asked) throws {
    let plan = try Self.plan(asked.caption)
    if let key = asked.key { #expect(plan.key.name == key) } else { #expect(plan.understood.key == nil) }
    if let bpm = asked.bpm { #expect(plan.bpm == bpm) } else { #expect(plan.understood.bpm == nil) }
    if let meter = asked.meter { #expect(plan.meter.name == meter) }
    if let mood = asked.mood { #expect(plan.moods.contains(mood), "\(plan.moods)") }
    if let without = asked.without { #expect(plan.instrumentsExcluded.contains(without), "\(plan.instrumentsExcluded)") }
    else { #expect(plan.instrumentsExcluded.isEmpty, "\(plan.instrumentsExcluded)") }
    if let style = asked.style { #expect(plan.style == style) }
  }

  @Test func aNegationEndsAtTheNextComma() throws {
    let plan = try Self.plan("pop, no drums, piano and guitar")
    #expect(plan.instrumentsExcluded == ["drums"])
    #expect(plan.instrumentsAsked == ["piano", "guitar"])
  }

  @Test(arguments: [
    ("folk with banjo and fiddle", [Instrument.program(105), .program(110)]), ("rock with violin", [.program(40)]),
    ("techno with piano", [.program(0)]), ("jazz with harmonica", [.program(22)]), ("classical, harp and oboe", [.program(46), .program(68)]),
    ("pop with sitar", [.program(104)]), ("流行音乐，小提琴", [.program(40)]), ("metal with church organ", [.program(19)]),
  ])
  func anAskedInstrumentPlays(caption: String, instruments: [Instrument]) throws {
    for seed in UInt64(0)..<6 {
      let plan = try Self.plan(caption, seed: seed)
      let played = try CompositionTests.composer.get().compose(plan, seed: seed).score.parts.map(\.instrument)
      for instrument in instruments { #expect(played.contains(instrument), "\(caption): \(played)") }
    }
  }

  @Test func aSoloHasOneInstrument() throws {
    let plan = try Self.plan("solo piano, calm")
    let parts = try CompositionTests.composer.get().compose(plan, seed: 3).score.parts
    #expect(Set(parts.map(\.instrument)) == [.program(0)])
    #expect(parts.contains { $0.role == .bass })
  }

  @Test(arguments: [
    ("in D minor", "D Minor"), ("a song in Bb", "Bb Major"), ("key of F#", "F# Major"), ("E flat major waltz", "Eb Major"), ("c♯ minor", "C# Minor"),
    ("something in Am", "A Minor"), ("G dorian jam", "G Dorian"), ("Ab-major", "Ab Major"),
  ])
  func aKeyIsReadFromTheCaption(caption: String, key: String) throws {
    #expect(try Self.plan(caption).key.name == key)
  }

  @Test func aBareLetterIsNoKey() throws {
    let keys = try (UInt64(0)..<12).map { try Self.plan("a plan B for a dance in a club", seed: $0).key.tonic }
    #expect(Set(keys).count > 2)
  }

  @Test(arguments: [
    ("96 bpm", 96.0), ("tempo 140", 140), ("at 87BPM", 87), ("172 beats per minute", 172), ("bpm: 65", 65),
  ])
  func aTempoIsReadFromTheCaption(caption: String, bpm: Double) throws {
    #expect(try Self.plan(caption).bpm == bpm)
  }

  @Test func slowIsSlowerThanFast() throws {
    for genre in ["rock", "jazz", "folk", "electronic"] {
      #expect(try Self.plan("very slow \(genre)").bpm < Self.plan("very fast \(genre)").bpm - 15)
    }
    #expect(try Self.plan("langsamer rock").bpm < Self.plan("schneller rock").bpm)
  }

  @Test(arguments: [("a waltz", "3/4"), ("3/4 folk", "3/4"), ("polka", "2/4"), ("irish jig", "6/8"), ("Walzer", "3/4"), ("вальс", "3/4")])
  func aMetreIsReadFromTheCaption(caption: String, meter: String) throws {
    #expect(try Self.plan(caption).meter.name == meter)
  }

  @Test func aForeignMetreIsAdmittedTo() throws {
    let plan = try Self.plan("prog rock in 7/8")
    #expect(plan.meter == .fourFour)
    #expect(plan.notices.count == 1)
    #expect(plan.notices[0].contains("7/8"))
  }

  @Test func theBriefWinsOverTheCaption() throws {
    var brief = CompositionBrief(caption: "jazz, 90 bpm, in D minor, 3/4", durationSeconds: 30)
    brief.bpm = 141
    brief.key = Key(parsing: "E major")
    brief.meter = .fourFour
    brief.preset = "rock"
    let plan = try CompositionTests.composer.get().plan(brief)
    #expect(plan.bpm == 141 && plan.key.name == "E Major" && plan.meter == .fourFour && plan.genre == "Rock")
  }

  @Test func moodSetsTheMode() throws {
    func minors(_ caption: String) throws -> Int {
      try (UInt64(0)..<30).filter { try Self.plan(caption, seed: $0).key.mode.isMinor }.count
    }
    #expect(try minors("sad dark pop") > 24)
    #expect(try minors("happy joyful pop") < 6)
  }

  @Test func anUnknownPresetIsNamed() throws {
    #expect(throws: ComposerError.self) {
      try CompositionTests.composer.get().plan(CompositionBrief(caption: "", preset: "Polka Metal"))
    }
    for name in ["custom", "Custom", "", "edm", "Pop", "R&B", "hip hop"] {
      _ = try CompositionTests.composer.get().plan(CompositionBrief(caption: "x", preset: name))
    }
  }
}
