internal import GRDB

/// One finished variation of a job. Its files lie in the job's directory: `0.flac`, `0.wav`, `0.mp3`, `0.ogg`,
/// `0.peaks` and, where the engine has a score, `0.score.json` and `0.mid`; where there are words, `0.lyrics.json`.
public struct Output: Sendable, Hashable {
  /// From 0; the first part of its files' names.
  public var variation: Int
  public var seed: UInt32
  public var durationSeconds: Double
  public var frames: Int
  /// Sizes of the files.
  public var bytes: FormatSizes
  public var loudnessLUFS: Double?
  public var truePeakDBTP: Double?
  /// 0...1
  public var qualityScore: Double?
  public var hasScore: Bool
  /// JSON object: what was really used for this one.
  public var used: String
  public var lrc: String?
  /// JSON of `TimedLyrics`; of songs made before words were timed, a list of lines.
  public var lyricLines: String?
  /// The `d` of an SVG path through the waveform.
  public var waveformPath: String

  public struct FormatSizes: Sendable, Hashable {
    public var flac: Int
    public var wav: Int
    public var mp3: Int
    public var ogg: Int
    public init(flac: Int, wav: Int, mp3: Int, ogg: Int) {
      self.flac = flac
      self.wav = wav
      self.mp3 = mp3
      self.ogg = ogg
    }
  }

  public init(
    variation: Int, seed: UInt32, durationSeconds: Double, frames: Int, bytes: FormatSizes,
    loudnessLUFS: Double? = nil, truePeakDBTP: Double? = nil, qualityScore: Double? = nil, hasScore: Bool = false,
    used: String = "{}", lrc: String? = nil, lyricLines: String? = nil, waveformPath: String
  ) {
    self.variation = variation
    self.seed = seed
    self.durationSeconds = durationSeconds
    self.frames = frames
    self.bytes = bytes
    self.loudnessLUFS = loudnessLUFS
    self.truePeakDBTP = truePeakDBTP
    self.qualityScore = qualityScore
    self.hasScore = hasScore
    self.used = used
    self.lrc = lrc
    self.lyricLines = lyricLines
    self.waveformPath = waveformPath
  }
}

extension Output {
  static let columns = """
    outputs.variation, outputs.seed, outputs.duration_seconds, outputs.frames, outputs.flac_bytes, \
    outputs.wav_bytes, outputs.mp3_bytes, outputs.ogg_bytes, outputs.loudness_lufs, outputs.true_peak_dbtp, \
    outputs.quality_score, outputs.has_score, outputs.used_json, outputs.lrc, outputs.lyric_lines_json, outputs.waveform_path
    """

  init(row: Row, from first: Int = 0) {
    self.init(
      variation: row[first], seed: row[first + 1], durationSeconds: row[first + 2], frames: row[first + 3],
      bytes: FormatSizes(
        flac: row[first + 4], wav: row[first + 5], mp3: row[first + 6], ogg: row[first + 7]),
      loudnessLUFS: row[first + 8], truePeakDBTP: row[first + 9], qualityScore: row[first + 10],
      hasScore: row[first + 11], used: row[first + 12], lrc: row[first + 13], lyricLines: row[first + 14],
      waveformPath: row[first + 15])
  }

  func insert(_ db: Database, jobID: Int64) throws {
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO outputs (
          job_id, variation, seed, duration_seconds, frames, flac_bytes, wav_bytes, mp3_bytes, ogg_bytes,
          loudness_lufs, true_peak_dbtp, quality_score, has_score, used_json, lrc, lyric_lines_json, waveform_path
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    try statement.execute(arguments: [
      jobID, variation, seed, durationSeconds, frames, bytes.flac, bytes.wav, bytes.mp3, bytes.ogg, loudnessLUFS,
      truePeakDBTP, qualityScore, hasScore, used, lrc, lyricLines, waveformPath,
    ])
  }
}
