internal import GRDB

/// The tables, as an ordered list of named steps. A step that has shipped is never edited: a change is a new step.
enum Schema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("001 the spine") { try $0.execute(sql: spine) }
    migrator.registerMigration("002 edits") { db in
      // No reference: a song outlives the one that it was made from.
      try db.execute(sql: "ALTER TABLE jobs ADD COLUMN source_job_id INTEGER")
      try db.execute(sql: "ALTER TABLE jobs ADD COLUMN source_variation INTEGER")
    }
    migrator.registerMigration("003 stems") { try $0.execute(sql: stems) }
    migrator.registerMigration("004 uploads") { db in
      try db.execute(sql: uploads)
      try db.execute(sql: "ALTER TABLE jobs ADD COLUMN source_recording TEXT")
    }
    migrator.registerMigration("005 accounts") { db in
      try db.execute(sql: accounts)
      // When its owner asked for a new password; an administrator sees it.
      try db.execute(sql: "ALTER TABLE users ADD COLUMN reset_asked_at INTEGER")
    }
    migrator.registerMigration("006 credits") { db in
      try db.execute(sql: credits)
      for column in [
        "pricing TEXT NOT NULL DEFAULT 'off'", "work TEXT NOT NULL DEFAULT 'audio'",
        // No reference: a job outlives the key that ordered it.
        "api_key_id INTEGER", "reserved_credits INTEGER NOT NULL DEFAULT 0", "reserved_cents INTEGER NOT NULL DEFAULT 0",
        "held_extra INTEGER NOT NULL DEFAULT 0 CHECK (held_extra >= 0)",
        "held_plan INTEGER NOT NULL DEFAULT 0 CHECK (held_plan >= 0)",
        "held_cents INTEGER NOT NULL DEFAULT 0 CHECK (held_cents >= 0)", "charged_credits INTEGER", "charged_cents INTEGER",
      ] { try db.execute(sql: "ALTER TABLE jobs ADD COLUMN \(column)") }
      // Few rows at any time: those with a reservation.
      try db.execute(
        sql: "CREATE INDEX jobs_with_reservation ON jobs (status) WHERE held_extra + held_plan + held_cents > 0")
    }
    migrator.registerMigration("007 likes and shares") { db in
      for column in [
        // What its owner thinks of it: 1 or -1.
        "opinion INTEGER CHECK (opinion IN (-1, 1))",
        // Kept as it is, for its owner sees the link again and again.
        "share_token TEXT", "share_expires_at INTEGER", "share_downloads INTEGER NOT NULL DEFAULT 0",
        "share_count INTEGER NOT NULL DEFAULT 0",
      ] { try db.execute(sql: "ALTER TABLE jobs ADD COLUMN \(column)") }
      try db.execute(sql: "CREATE UNIQUE INDEX jobs_by_share ON jobs (share_token) WHERE share_token IS NOT NULL")
    }
    migrator.registerMigration("008 webhooks") { try $0.execute(sql: webhooks) }
    migrator.registerMigration("009 audit and exports") { db in
      try db.execute(sql: audit)
      try db.execute(sql: exports)
    }
    migrator.registerMigration("010 playlists") { try $0.execute(sql: playlists) }
    migrator.registerMigration("011 what a webhook tells of") { try $0.execute(sql: webhookTasks) }
    return migrator
  }

  /// Applies the steps the file lacks, each in its transaction; refuses a file with steps that aren't ours.
  static func bringUpToDate(_ database: any DatabaseWriter) throws {
    let known = Set(migrator.migrations)
    let unknown = try database.read { db in
      try migrator.appliedIdentifiers(db).subtracting(known).sorted()
    }
    guard unknown.isEmpty else { throw StoreError.newerSchema(unknown: unknown) }
    try migrator.migrate(database)
  }

  /// Added to an id in `jobs.line`: more than any id, so its low bits are still the id.
  static let lastInLine: Int64 = 1 << 62

  /// Times are milliseconds since 1970. Texts that hold several items hold one a line, or numbers between spaces;
  /// columns named for JSON hold one JSON value.
  private static let spine = """
    CREATE TABLE users (
      id TEXT PRIMARY KEY NOT NULL,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE,
      email TEXT UNIQUE COLLATE NOCASE,
      role TEXT NOT NULL CHECK (role IN ('admin', 'member')),
      password_hash TEXT,
      is_active INTEGER NOT NULL DEFAULT 1,
      created_at INTEGER NOT NULL,
      -- The turn in which the worker last took a job of this user's; 0 for never.
      last_turn INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE api_keys (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
      secret_hash TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      prefix TEXT NOT NULL,
      scopes TEXT NOT NULL,
      description TEXT,
      created_at INTEGER NOT NULL,
      expires_at INTEGER,
      last_used_at INTEGER,
      revoked_at INTEGER
    ) STRICT;
    CREATE INDEX api_keys_of_user ON api_keys (user_id, id);

    CREATE TABLE sessions (
      token_hash TEXT PRIMARY KEY NOT NULL,
      user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
      created_at INTEGER NOT NULL,
      last_seen_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      user_agent TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sessions_of_user ON sessions (user_id);
    CREATE INDEX sessions_by_expiry ON sessions (expires_at);

    CREATE TABLE settings (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

    CREATE TABLE jobs (
      -- AUTOINCREMENT: an id is never given twice, so an old link can't show a new song.
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
      task TEXT NOT NULL,
      song_type TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED')),
      engine TEXT NOT NULL,
      format TEXT NOT NULL,
      batch_size INTEGER NOT NULL,
      seeds TEXT NOT NULL,
      -- Each beginning has its own number, so that only the latest can speak for the job.
      attempts INTEGER NOT NULL DEFAULT 0,
      -- Attempts that ended with the server.
      interruptions INTEGER NOT NULL DEFAULT 0,
      -- Its place in its user's line: by id, but one that was interrupted twice, and may be the reason, comes last.
      line INTEGER NOT NULL GENERATED ALWAYS AS (id + (interruptions >= 2) * \(lastInLine)) VIRTUAL,
      cancel_requested INTEGER NOT NULL DEFAULT 0,
      cancelled INTEGER NOT NULL DEFAULT 0,
      requested_duration REAL,
      stage TEXT,
      stage_done INTEGER NOT NULL DEFAULT 0,
      stage_total INTEGER NOT NULL DEFAULT 0,
      variation INTEGER NOT NULL DEFAULT 0,
      percent INTEGER NOT NULL DEFAULT 0,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      started_at INTEGER,
      completed_at INTEGER,
      display_name TEXT NOT NULL,
      thumbnail_url TEXT,
      genre TEXT,
      emotion TEXT,
      language TEXT,
      error_message TEXT,
      requeue_note TEXT,
      timecosts_json TEXT,
      warnings TEXT NOT NULL DEFAULT '',
      caption TEXT NOT NULL,
      lyrics TEXT,
      request_json TEXT NOT NULL,
      used_json TEXT,
      -- Name, caption and lyrics, folded for searching.
      search_text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX jobs_of_user ON jobs (user_id, created_at, id);
    CREATE INDEX jobs_by_status ON jobs (status, user_id, line);

    CREATE TABLE outputs (
      job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
      variation INTEGER NOT NULL,
      seed INTEGER NOT NULL,
      duration_seconds REAL NOT NULL,
      frames INTEGER NOT NULL,
      flac_bytes INTEGER NOT NULL,
      wav_bytes INTEGER NOT NULL,
      mp3_bytes INTEGER NOT NULL,
      ogg_bytes INTEGER NOT NULL,
      loudness_lufs REAL,
      true_peak_dbtp REAL,
      quality_score REAL,
      has_score INTEGER NOT NULL,
      used_json TEXT NOT NULL,
      lrc TEXT,
      lyric_lines_json TEXT,
      waveform_path TEXT NOT NULL,
      PRIMARY KEY (job_id, variation)
    ) STRICT, WITHOUT ROWID;

    -- Jobs whose rows are gone and whose files must still go.
    CREATE TABLE deletions (job_id INTEGER PRIMARY KEY) STRICT;

    CREATE TABLE idempotency_keys (
      user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
      key TEXT NOT NULL,
      body_hash TEXT NOT NULL,
      job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (user_id, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
    CREATE INDEX idempotency_keys_of_job ON idempotency_keys (job_id);

    CREATE TABLE stage_timings (
      id INTEGER PRIMARY KEY,
      engine TEXT NOT NULL,
      stage TEXT NOT NULL,
      units REAL NOT NULL CHECK (units > 0),
      seconds REAL NOT NULL CHECK (seconds >= 0)
    ) STRICT;
    CREATE INDEX stage_timings_by_stage ON stage_timings (engine, stage, id);
    """

  private static let accounts = """
    CREATE TABLE one_time_links (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      secret_hash TEXT NOT NULL UNIQUE,
      -- One of the two: an account with this role may be made, or this user's password set.
      role TEXT CHECK (role IN ('admin', 'member')),
      user_id TEXT REFERENCES users ON DELETE CASCADE,
      note TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      CHECK ((role IS NULL) <> (user_id IS NULL))
    ) STRICT;
    CREATE INDEX one_time_links_of_user ON one_time_links (user_id);

    -- A program's signing in: an access token names its family, the refresh token is changed with every use.
    CREATE TABLE token_families (
      id TEXT PRIMARY KEY NOT NULL,
      user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
      refresh_hash TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      last_used_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      user_agent TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX token_families_of_user ON token_families (user_id);
    CREATE INDEX token_families_by_expiry ON token_families (expires_at);

    CREATE TABLE sign_in_attempts (
      -- Hash of a name, or of a name and a client's address; whether there is such a name or not.
      subject TEXT PRIMARY KEY NOT NULL,
      attempts INTEGER NOT NULL,
      last_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sign_in_attempts_by_age ON sign_in_attempts (last_at);

    CREATE TABLE pending_registrations (
      email TEXT PRIMARY KEY NOT NULL COLLATE NOCASE,
      name TEXT NOT NULL,
      password_hash TEXT NOT NULL,
      code_hash TEXT NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """

  private static let credits = """
    CREATE TABLE balances (
      user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
      currency TEXT NOT NULL CHECK (currency IN ('credits', 'cents')),
      granted INTEGER NOT NULL DEFAULT 0,
      plan INTEGER NOT NULL DEFAULT 0 CHECK (plan >= 0),
      extra INTEGER NOT NULL DEFAULT 0 CHECK (extra >= 0),
      held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
      spent INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0),
      renewed_at INTEGER,
      PRIMARY KEY (user_id, currency),
      CHECK (granted = plan + extra + held + spent)
    ) STRICT, WITHOUT ROWID;

    -- A row is a transfer from one account of a user's to another: both entries of the double entry.
    CREATE TABLE ledger (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
      currency TEXT NOT NULL CHECK (currency IN ('credits', 'cents')),
      from_account TEXT NOT NULL,
      to_account TEXT NOT NULL,
      amount INTEGER NOT NULL CHECK (amount > 0),
      reason TEXT NOT NULL,
      -- No reference: what was paid for outlives the job.
      job_id INTEGER,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX ledger_of_user ON ledger (user_id, currency, id);

    CREATE TABLE usage (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
      job_id INTEGER NOT NULL,
      api_key_id INTEGER,
      task TEXT NOT NULL,
      seconds REAL NOT NULL,
      credits INTEGER NOT NULL,
      extra_credits INTEGER NOT NULL,
      cents INTEGER NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX usage_of_user ON usage (user_id, id);
    """

  private static let webhookTasks = """
    ALTER TABLE webhook_deliveries ADD COLUMN task TEXT;

    DROP TRIGGER webhook_news;
    CREATE TRIGGER webhook_news AFTER UPDATE OF status ON jobs
    WHEN new.status IN ('COMPLETED', 'FAILED') AND old.status IN ('PENDING', 'PROCESSING')
      AND EXISTS (SELECT 1 FROM settings WHERE key = 'webhooks' AND value <> 'off')
    BEGIN
      INSERT INTO webhook_deliveries (
        endpoint_id, event_id, event, job_id, task, job_status, error_message, state, next_attempt_at, created_at)
      SELECT id, lower(hex(randomblob(16))),
        iif(new.status = 'COMPLETED', 'job.completed', iif(new.cancelled, 'job.cancelled', 'job.failed')), new.id, new.task, new.status,
        new.error_message, 'pending', new.updated_at, new.updated_at
      FROM webhook_endpoints WHERE user_id = new.user_id AND is_active AND instr(' ' || events || ' ',
        ' ' || iif(new.status = 'COMPLETED', 'job.completed', iif(new.cancelled, 'job.cancelled', 'job.failed')) || ' ');
    END;
    """

  private static let playlists = """
    CREATE TABLE playlists (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
      name TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX playlists_of_user ON playlists (user_id);

    CREATE TABLE playlist_songs (
      playlist_id INTEGER NOT NULL REFERENCES playlists ON DELETE CASCADE,
      job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
      -- In order, with gaps where songs were taken out.
      position INTEGER NOT NULL,
      PRIMARY KEY (playlist_id, job_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX playlist_songs_in_order ON playlist_songs (playlist_id, position);
    CREATE INDEX playlist_songs_of_job ON playlist_songs (job_id);
    """

  private static let audit = """
    CREATE TABLE audit (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      event TEXT NOT NULL,
      -- No reference, and the name as it was: the log outlives accounts.
      user_id TEXT,
      user_name TEXT NOT NULL,
      address TEXT NOT NULL,
      detail TEXT NOT NULL,
      at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX audit_by_age ON audit (at);
    """

  private static let exports = """
    CREATE TABLE data_exports (
      user_id TEXT PRIMARY KEY NOT NULL REFERENCES users ON DELETE CASCADE,
      state TEXT NOT NULL CHECK (state IN ('queued', 'making', 'ready', 'failed')),
      name TEXT NOT NULL,
      bytes INTEGER NOT NULL DEFAULT 0,
      error_message TEXT,
      requested_at INTEGER NOT NULL,
      ended_at INTEGER
    ) STRICT, WITHOUT ROWID;
    """

  private static let webhooks = """
    CREATE TABLE webhook_endpoints (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
      url TEXT NOT NULL,
      events TEXT NOT NULL,
      description TEXT,
      secret TEXT NOT NULL,
      is_active INTEGER NOT NULL DEFAULT 1,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX webhook_endpoints_of_user ON webhook_endpoints (user_id, id);

    CREATE TABLE webhook_deliveries (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      endpoint_id INTEGER NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
      event_id TEXT NOT NULL,
      event TEXT NOT NULL,
      -- No reference: the news of a job outlives it. What it was like then stands here, so that every attempt says the same.
      job_id INTEGER,
      job_status TEXT,
      error_message TEXT,
      state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
      attempts INTEGER NOT NULL DEFAULT 0,
      next_attempt_at INTEGER,
      last_attempt_at INTEGER,
      response_status INTEGER,
      problem TEXT,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX webhook_deliveries_of_endpoint ON webhook_deliveries (endpoint_id, id);
    CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at);
    CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

    -- However a job comes to its end, the news is queued in the same transaction.
    CREATE TRIGGER webhook_news AFTER UPDATE OF status ON jobs
    WHEN new.status IN ('COMPLETED', 'FAILED') AND old.status IN ('PENDING', 'PROCESSING')
      AND EXISTS (SELECT 1 FROM settings WHERE key = 'webhooks' AND value <> 'off')
    BEGIN
      INSERT INTO webhook_deliveries (endpoint_id, event_id, event, job_id, job_status, error_message, state, next_attempt_at, created_at)
      SELECT id, lower(hex(randomblob(16))),
        iif(new.status = 'COMPLETED', 'job.completed', iif(new.cancelled, 'job.cancelled', 'job.failed')), new.id, new.status,
        new.error_message, 'pending', new.updated_at, new.updated_at
      FROM webhook_endpoints WHERE user_id = new.user_id AND is_active AND instr(' ' || events || ' ',
        ' ' || iif(new.status = 'COMPLETED', 'job.completed', iif(new.cancelled, 'job.cancelled', 'job.failed')) || ' ');
    END;
    """

  private static let uploads = """
    CREATE TABLE uploads (
      id TEXT PRIMARY KEY NOT NULL,
      user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
      -- The SHA-256 of the file: where the recording is kept, for all who brought it.
      recording_id TEXT NOT NULL,
      file_name TEXT NOT NULL,
      content_type TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      sample_rate INTEGER NOT NULL,
      channels INTEGER NOT NULL,
      duration_seconds REAL NOT NULL,
      is_cut INTEGER NOT NULL,
      waveform_path TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      UNIQUE (user_id, recording_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX uploads_of_user ON uploads (user_id, created_at);
    CREATE INDEX uploads_by_expiry ON uploads (expires_at);
    """

  private static let stems = """
    CREATE TABLE stem_sets (
      job_id INTEGER NOT NULL,
      variation INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('QUEUED', 'MAKING', 'READY', 'FAILED')),
      percent INTEGER NOT NULL DEFAULT 0,
      -- Attempts that ended with the server.
      interruptions INTEGER NOT NULL DEFAULT 0,
      error_message TEXT,
      note TEXT,
      archive_bytes INTEGER NOT NULL DEFAULT 0,
      requested_at INTEGER NOT NULL,
      PRIMARY KEY (job_id, variation),
      FOREIGN KEY (job_id, variation) REFERENCES outputs ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX stem_sets_by_state ON stem_sets (state, requested_at);

    CREATE TABLE stems (
      job_id INTEGER NOT NULL,
      variation INTEGER NOT NULL,
      position INTEGER NOT NULL,
      part_id TEXT NOT NULL,
      name TEXT NOT NULL,
      flac_bytes INTEGER NOT NULL,
      waveform_path TEXT NOT NULL,
      PRIMARY KEY (job_id, variation, position),
      FOREIGN KEY (job_id, variation) REFERENCES stem_sets ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    """
}
