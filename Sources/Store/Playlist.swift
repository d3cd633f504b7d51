public import Foundation
internal import GRDB

/// Songs of a user's in an order of their own. Only they see it.
public struct Playlist: Sendable, Hashable, Identifiable {
  public var id: Int64
  public var userID: String
  public var name: String
  public var songCount: Int
  public var createdAt: Date
}

extension Playlist {
  static let columns = """
    playlists.id, playlists.user_id, playlists.name, \
    (SELECT count(*) FROM playlist_songs WHERE playlist_id = playlists.id), playlists.created_at
    """

  init(row: Row) {
    self.init(id: row[0], userID: row[1], name: row[2], songCount: row[3], createdAt: Date(milliseconds: row[4]))
  }
}

extension Store {
  /// So many playlists a user may have.
  public static let maximumPlaylists = 200
  /// So many songs a playlist may hold.
  public static let maximumPlaylistSongs = 1000

  /// - Parameter name: 1 to 100 characters.
  /// - Throws: `StoreError.tooManyPlaylists`.
  public func createPlaylist(userID: String, name: String, now: Date = Date()) throws -> Playlist {
    try write(.powerCut) { db in
      let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM playlists WHERE user_id = ?", arguments: [userID]) ?? 0
      guard count < Self.maximumPlaylists else { throw StoreError.tooManyPlaylists }
      try db.execute(
        sql: "INSERT INTO playlists (user_id, name, created_at) VALUES (?, ?, ?)", arguments: [userID, name, now.milliseconds])
      return Playlist(
        id: db.lastInsertedRowID, userID: userID, name: name, songCount: 0, createdAt: Date(milliseconds: now.milliseconds))
    }
  }

  /// A user's playlists, by name.
  public func playlists(userID: String) throws -> [Playlist] {
    try readOnce { db in
      try Row.fetchCursor(
        db, sql: "SELECT \(Playlist.columns) FROM playlists WHERE user_id = ? ORDER BY name COLLATE NOCASE, id", arguments: [userID]
      ).map { Playlist(row: $0) }.collect()
    }
  }

  /// A playlist of this user's with its songs in their order, as of one moment.
  public func playlist(id: Int64, userID: String) throws -> (playlist: Playlist, songs: [Job])? {
    try read { db in
      guard let playlist = try Self.playlist(db, id: id, userID: userID) else { return nil }
      let songs = try Row.fetchCursor(
        db,
        sql: """
          SELECT \(Job.columns) FROM playlist_songs JOIN jobs ON jobs.id = playlist_songs.job_id
          WHERE playlist_id = ? ORDER BY position
          """, arguments: [id]
      ).map { try Job(row: $0) }.collect()
      return (playlist, songs)
    }
  }

  /// - Returns: false when the user has no such playlist.
  public func renamePlaylist(id: Int64, userID: String, to name: String) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(sql: "UPDATE playlists SET name = ? WHERE id = ? AND user_id = ?", arguments: [name, id, userID])
      return db.changesCount > 0
    }
  }

  /// Removes a playlist; its songs stay.
  /// - Returns: false when the user has no such playlist.
  public func deletePlaylist(id: Int64, userID: String) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(sql: "DELETE FROM playlists WHERE id = ? AND user_id = ?", arguments: [id, userID])
      return db.changesCount > 0
    }
  }

  /// Adds a finished song at the end; one that is there already stays where it is.
  /// - Returns: false when the user has no such playlist, or no such song.
  /// - Throws: `StoreError.notFinished` for a job without a song, `.playlistFull`.
  public func add(jobID: Int64, toPlaylist id: Int64, userID: String) throws -> Bool {
    try write(.powerCut) { db in
      guard let playlist = try Self.playlist(db, id: id, userID: userID), let job = try Self.job(db, id: jobID), job.userID == userID else {
        return false
      }
      let hasSong = try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM outputs WHERE job_id = ?)", arguments: [jobID])
      guard job.status == .completed, hasSong == true else { throw StoreError.notFinished }
      let isThere = try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM playlist_songs WHERE playlist_id = ? AND job_id = ?)", arguments: [id, jobID])
      if isThere == true { return true }
      guard playlist.songCount < Self.maximumPlaylistSongs else { throw StoreError.playlistFull }
      try db.execute(
        sql: """
          INSERT INTO playlist_songs (playlist_id, job_id, position)
          VALUES (?1, ?2, (SELECT ifnull(max(position), 0) + 1 FROM playlist_songs WHERE playlist_id = ?1))
          """, arguments: [id, jobID])
      return true
    }
  }

  /// Takes a song out.
  /// - Returns: false when the user has no such playlist, or the song isn't in it.
  public func remove(jobID: Int64, fromPlaylist id: Int64, userID: String) throws -> Bool {
    try write(.powerCut) { db in
      guard try Self.playlist(db, id: id, userID: userID) != nil else { return false }
      try db.execute(sql: "DELETE FROM playlist_songs WHERE playlist_id = ? AND job_id = ?", arguments: [id, jobID])
      return db.changesCount > 0
    }
  }

  /// Changes a song's place with its neighbour's; the first stays when it is moved up, the last when down.
  /// - Returns: false when the user has no such playlist, or the song isn't in it.
  public func move(jobID: Int64, inPlaylist id: Int64, userID: String, up: Bool) throws -> Bool {
    try write(.powerCut) { db in
      guard try Self.playlist(db, id: id, userID: userID) != nil,
        let place = try Int64.fetchOne(
          db, sql: "SELECT position FROM playlist_songs WHERE playlist_id = ? AND job_id = ?", arguments: [id, jobID])
      else { return false }
      let (sign, order) = up ? ("<", "DESC") : (">", "ASC")
      let neighbour = try Row.fetchOne(
        db, sql: "SELECT job_id, position FROM playlist_songs WHERE playlist_id = ? AND position \(sign) ? ORDER BY position \(order) LIMIT 1",
        arguments: [id, place])
      guard let neighbour else { return true }
      let (other, otherPlace): (Int64, Int64) = (neighbour[0], neighbour[1])
      for (job, position) in [(jobID, otherPlace), (other, place)] {
        try db.execute(
          sql: "UPDATE playlist_songs SET position = ? WHERE playlist_id = ? AND job_id = ?", arguments: [position, id, job])
      }
      return true
    }
  }

  private static func playlist(_ db: Database, id: Int64, userID: String) throws -> Playlist? {
    try Row.fetchOne(db, sql: "SELECT \(Playlist.columns) FROM playlists WHERE id = ? AND user_id = ?", arguments: [id, userID])
      .map { Playlist(row: $0) }
  }
}
