import Store

extension JobPage {
  static let samples: [String: JobPage] = [
    "pending": pending, "processing": processing, "completed": completed, "failed": failed,
    "cancelled": cancelled, "single": single,
    "stems asked for": stems(.queued), "stems being made": stems(.making), "stems failed": stems(.failed),
  ]

  private static func base(_ state: JobState) -> JobPage {
    JobPage(
      id: 41, title: "Slow river", state: state, cover: Cover(id: 41, pitchClass: 2, bpm: 84),
      kind: "Song", engine: "score", created: "today, 14:02", createdTimestamp: "2026-03-01T14:02:00Z",
      batchSize: state == .completed ? 3 : 1, isStopping: false, took: nil, readouts: [], note: nil, warnings: [], waiting: nil, making: nil, shown: nil,
      sections: nil, variations: [], stems: nil, sharing: nil, notation: nil, plan: nil, lyrics: nil, failure: nil,
      parameters: [
        ParameterRow(
          name: "caption", asked: "a slow folk song about a river", used: "a slow folk song about a river",
          isDifferent: false, isUnused: false),
        ParameterRow(name: "audio_duration", asked: "automatic", used: "91.4 s", isDifferent: true, isUnused: false),
        ParameterRow(name: "bpm", asked: "automatic", used: "84", isDifferent: true, isUnused: false),
        ParameterRow(name: "keyscale", asked: "D major", used: "D major", isDifferent: false, isUnused: false),
        ParameterRow(name: "guidance_scale", asked: "9", used: "not used by the score engine", isDifferent: true, isUnused: true),
      ],
      curl: """
        curl -X POST http://127.0.0.1:8123/api/v1/music/text2music \\
          -H 'X-API-Key: ap_YOUR_KEY' -H 'Content-Type: application/json' \\
          -d '{"caption":"a slow folk song about a river","keyscale":"D major","batch_size":2}'
        """)
  }

  private static let pending: JobPage = {
    var page = base(.pending)
    page.note = "Queued again after a restart (2nd attempt)."
    page.waiting = Waiting(
      position: "3rd in the queue", ahead: "Before it: Harbour lights, and 1 song of another person.")
    return page
  }()

  private static let processing: JobPage = {
    var page = base(.processing)
    page.making = Making(
      stages: [
        StageRow(id: "plan", title: "Plan", standing: .done, steps: nil),
        StageRow(id: "compose", title: "Compose", standing: .done, steps: nil),
        StageRow(id: "render", title: "Play the instruments", standing: .current, steps: "12 of 32"),
        StageRow(id: "mix", title: "Mix and master", standing: .waiting, steps: nil),
        StageRow(id: "encode", title: "Write the files", standing: .waiting, steps: nil),
      ], percent: 46, sentence: "Play the instruments, 12 of 32")
    return page
  }()

  private static let completed: JobPage = {
    var page = single
    page.variations = (0..<3).map { index in
      VariationCard(
        letter: ["A", "B", "C"][index], number: index + 1, seed: "\(1_734_202_881 + index)", length: "1:32", seconds: 91.4,
        waveform: sampleWaveform(seed: index + 1, columns: 100),
        href: "/jobs/41?v=\(index + 1)", isShown: index == 0,
        sources: [AudioSource(url: "/media/41/\(index).ogg?token=1", type: "audio/ogg"), AudioSource(url: "/media/41/\(index).mp3?token=1", type: "audio/mpeg")],
        tempo: "84 BPM", key: "D Major", quality: index == 1 ? nil : "87", format: "FLAC", download: "/media/41/\(index).flac?token=1")
    }
    page.warnings = [
      "Sung with the draft voice: no voice pack is installed.",
      "guidance_scale is not used by the score engine.",
    ]
    page.sections = JobSections(bands: [
      SectionBand(kind: "intro", label: "Intro", bars: 4, start: 0, end: 8.2, energy: 0.3, songSeconds: 91.4),
      SectionBand(kind: "verse", label: "Verse 1", bars: 16, start: 8.2, end: 29.5, energy: 0.5, songSeconds: 91.4),
      SectionBand(kind: "chorus", label: "Chorus", bars: 8, start: 29.5, end: 91.4, energy: 0.9, songSeconds: 91.4),
    ])
    page.stems = JobStems(
      variation: 0, state: .ready, percent: 100, failure: nil,
      note: "These stems were played anew and add up to the song only nearly (-31 dB apart).",
      rows: ["Vocal melody", "Upright bass"].map {
        StemRow(name: $0, waveform: sampleWaveform(seed: 5, columns: 80), url: "/media/41/0.stem.bass.flac?token=1", size: "9.1 MB")
      }, pack: "/media/41/0.stems.pack?token=1", archive: Extra(label: "All stems (ZIP, 18.2 MB)", url: "/media/41/0.stems.zip"))
    page.plan = JobPlan(rows: [
      PlanRow(topic: "Style", asked: [Wish(text: "Folk", source: .words)], used: "Folk"),
      PlanRow(topic: "Tempo", asked: [Wish(text: "slow", source: .words)], used: "84 BPM"),
      PlanRow(
        topic: "Key", asked: [Wish(text: "D Major", source: .setting), Wish(text: "minor", source: .words)], used: "D Major"),
      PlanRow(topic: "Form", asked: [], used: "Intro 4 · Verse 1 16 · Chorus 8: 28 bars"),
    ])
    page.lyrics = Lyrics(
      language: "en",
      lines: [
        LyricLine(text: "Verse 1", isHeading: true, seconds: nil),
        LyricLine(
          text: "The river takes the long way home", isHeading: false, seconds: 8.2, endSeconds: 12.4,
          wordTimes: "0:8.2 4:8.6 10:9.4 16:9.9 20:10.2 25:10.8 29:11.4"),
        LyricLine(text: "Past the mill and the standing stones", isHeading: false, seconds: 13.4),
        LyricLine(text: "And I have nowhere left to be", isHeading: false, seconds: 18.1),
        LyricLine(text: "But here, where it goes by me", isHeading: false, seconds: 23),
        LyricLine(text: "Chorus", isHeading: true, seconds: nil),
        LyricLine(text: "Slow river, carry me slow", isHeading: false, seconds: 29.5),
        LyricLine(text: "I am in no hurry to know", isHeading: false, seconds: 35),
      ],
      files: [Extra(label: "LRC", url: "/media/7/0.lrc?token=x"), Extra(label: "SRT", url: "/media/7/0.srt?token=x")])
    return page
  }()

  private static let single: JobPage = {
    var page = base(.completed)
    page.took = "made in 3.8 s"
    page.readouts = [
      Readout(label: "Genre", value: "Folk"), Readout(label: "Tempo", value: "84 BPM"),
      Readout(label: "Key", value: "D major"), Readout(label: "Metre", value: "3/4"),
      Readout(label: "Length", value: "1:32"),
    ]
    page.notation = JobNotation(NotationSample.score, jobID: 41, variation: 0, wish: nil)
    page.shown = Variation(
      letter: "A", index: 0, seed: "1734202881", length: "1:32", seconds: 91.4,
      spokenLength: "1 minute 31 seconds",
      waveform: sampleWaveform(seed: 1, columns: 400),
      peaksURL: "/static/dev/sample.peaks",
      sources: [AudioSource(url: "/static/dev/sample.ogg", type: "audio/ogg"), AudioSource(url: "/static/dev/sample.mp3", type: "audio/mpeg")],
      downloads: [
        Download(format: "FLAC", quality: "lossless, 24 bit", purpose: "Keep and edit", size: "12.4 MB", url: "/media/41/0.flac", isRequested: true),
        Download(format: "WAV", quality: "lossless, 24 bit", purpose: "Other studios", size: "26.3 MB", url: "/media/41/0.wav", isRequested: false),
        Download(format: "MP3", quality: "about 190 kbit/s", purpose: "Play anywhere", size: "2.2 MB", url: "/media/41/0.mp3", isRequested: false),
        Download(format: "OGG", quality: "Vorbis, about 160 kbit/s", purpose: "Play on the web", size: "1.8 MB", url: "/media/41/0.ogg", isRequested: false),
      ],
      extras: [Extra(label: "MIDI", url: "/media/41/0.mid"), Extra(label: "MusicXML", url: "/media/41/0.musicxml"),
        Extra(label: "ABC", url: "/media/41/0.abc"), Extra(label: "JSON", url: "/media/41/0.score.json")])
    return page
  }()

  private static func stems(_ state: StemSet.State) -> JobPage {
    var page = single
    page.stems = JobStems(
      variation: 0, state: state, percent: 40, failure: state == .failed ? "The disk is full." : nil, note: nil, rows: [],
      pack: nil, archive: nil)
    return page
  }

  private static let failed: JobPage = {
    var page = base(.failed)
    page.failure = "The disk is full: the files of this song could not be written. Make room and try again."
    return page
  }()

  private static let cancelled: JobPage = {
    var page = base(.cancelled)
    page.failure = "Cancelled by you, today at 14:03."
    return page
  }()

  /// The outline of a song with a quiet start, two choruses and a fade.
  private static func sampleWaveform(seed: Int, columns: Int) -> String {
    var state = UInt32(seed)
    let heights = (0..<columns).map { column -> Int in
      state = state &* 1_664_525 &+ 1_013_904_223
      let levels: [Double] = [0.3, 0.6, 0.6, 0.9, 0.95, 0.5, 1, 1, 0.9, 0.35]
      let share = 0.55 + 0.45 * Double(state >> 8) / Double(1 << 24)
      return Int(levels[column * levels.count / columns] * share * 50)
    }
    func points(_ sign: Int) -> [String] {
      heights.enumerated().map { column, height in "\(column * 1000 / columns) \(50 + sign * height)" }
    }
    let outline = points(-1) + points(1).reversed()
    return "M" + outline.joined(separator: "L") + "Z"
  }
}
