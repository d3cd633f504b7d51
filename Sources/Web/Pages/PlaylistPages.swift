import FastCGI
import Foundation
import Store

/// The reader's playlists.
struct PlaylistsPage: Page {
  static let name = "playlists"
  var section: Section? { .library }

  var playlists: [PlaylistRow]
  var entry: FormField

  var documentTitle: String { "Playlists" }

  static let fields: TemplateFields<Self> = [
    "hasPlaylists": .flag { !$0.playlists.isEmpty }, "playlists": .list(\.playlists), "entry": .part(\.entry),
  ]

  static func entry(name: String = "", error: String? = nil) -> FormField {
    FormField(name: "name", label: "A new playlist", value: name, control: .line(maxLength: 100), isRequired: true, error: error)
  }

  static let sample = PlaylistsPage(
    playlists: [PlaylistRow(id: 1, name: "For <rainy> days", count: "12 songs"), PlaylistRow(id: 2, name: "שירים", count: "Empty")],
    entry: entry())
}

struct PlaylistRow: TemplateModel {
  let id: Int
  let name: String
  /// "12 songs"
  let count: String

  static let fields: TemplateFields<Self> = ["playlistID": .text { String($0.id) }, "name": .text(\.name), "count": .text(\.count)]
}

/// One playlist: its songs in their order, which the reader can change, and which play one after the other.
struct PlaylistPage: Page {
  static let name = "playlist"
  var section: Section? { .library }

  var id: Int
  var playlistName: String
  var count: String
  var songs: [SongRow]
  var entry: FormField

  var documentTitle: String { "\(playlistName) – Playlist" }

  static let fields: TemplateFields<Self> = [
    "playlistID": .text { String($0.id) }, "playlistName": .text(\.playlistName), "count": .text(\.count),
    "hasSongs": .flag { !$0.songs.isEmpty }, "songs": .list(\.songs), "entry": .part(\.entry),
  ]

  static func entry(name: String, error: String? = nil) -> FormField {
    FormField(name: "name", label: "Name", value: name, control: .line(maxLength: 100), isRequired: true, error: error)
  }

  static let sample: PlaylistPage = {
    var songs = SongRow.samples.filter { $0.status == .completed }
    for index in songs.indices {
      songs[index].tools = SongTools(playlistID: 1, songID: songs[index].id, songTitle: songs[index].title, isFirst: index == 0, isLast: index == songs.count - 1)
    }
    return PlaylistPage(id: 1, playlistName: "For <rainy> days", count: "5 songs", songs: songs, entry: entry(name: "For <rainy> days"))
  }()
}

/// What can be done with a song in a playlist.
struct SongTools: TemplateModel {
  let playlistID: Int
  let songID: Int
  let songTitle: String
  let isFirst: Bool
  let isLast: Bool

  static let fields: TemplateFields<Self> = [
    "toolsPlaylist": .text { String($0.playlistID) }, "toolsSong": .text { String($0.songID) }, "toolsTitle": .text(\.songTitle),
    "isFirst": .flag(\.isFirst), "isLast": .flag(\.isLast),
  ]
}

extension Routes {
  @Sendable static func showPlaylists(_ context: Context, _ user: User) throws -> Response {
    try context.page(try context.playlistsPage(of: user), user: user)
  }

  @Sendable static func createPlaylistFromPage(_ context: Context, _ user: User) throws -> Response {
    let name = context.playlistName(try context.ownForm())
    func refuse(_ message: String) throws -> Response {
      var page = try context.playlistsPage(of: user)
      page.entry = PlaylistsPage.entry(name: name, error: message)
      return try context.page(page, user: user, status: .unprocessable)
    }
    guard (1...100).contains(name.count) else { return try refuse("The playlist needs a name of 1 to 100 characters.") }
    do {
      return .redirect(to: Address.playlist(try context.store.createPlaylist(userID: user.id, name: name).id).path)
    } catch StoreError.tooManyPlaylists { return try refuse(StoreError.tooManyPlaylists.description) }
  }

  @Sendable static func showPlaylist(_ context: Context, _ user: User) throws -> Response {
    try context.page(try context.playlistPage(of: user), user: user)
  }

  @Sendable static func renamePlaylist(_ context: Context, _ user: User) throws -> Response {
    let name = context.playlistName(try context.ownForm())
    let id = try context.playlistID()
    guard (1...100).contains(name.count) else {
      var page = try context.playlistPage(of: user)
      page.entry = PlaylistPage.entry(name: name, error: "The playlist needs a name of 1 to 100 characters.")
      return try context.page(page, user: user, status: .unprocessable)
    }
    guard try context.store.renamePlaylist(id: id, userID: user.id, to: name) else { throw HTTPError.notFound }
    return .redirect(to: Address.playlist(id).path)
  }

  @Sendable static func deletePlaylist(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    guard try context.store.deletePlaylist(id: try context.playlistID(), userID: user.id) else { throw HTTPError.notFound }
    return .redirect(to: Address.playlists.path)
  }

  @Sendable static func movePlaylistSong(_ context: Context, _ user: User) throws -> Response {
    let form = try context.ownForm()
    let id = try context.playlistID()
    guard let direction = form["to"], ["up", "down"].contains(direction) else { throw HTTPError.badRequest("to must be up or down.") }
    guard let song = form["song"].flatMap(Int64.init),
      try context.store.move(jobID: song, inPlaylist: id, userID: user.id, up: direction == "up")
    else { throw HTTPError.notFound }
    return .redirect(to: Address.playlist(id).path)
  }

  @Sendable static func removePlaylistSong(_ context: Context, _ user: User) throws -> Response {
    let form = try context.ownForm()
    let id = try context.playlistID()
    guard let song = form["song"].flatMap(Int64.init), try context.store.remove(jobID: song, fromPlaylist: id, userID: user.id) else {
      throw HTTPError.notFound
    }
    return .redirect(to: Address.playlist(id).path)
  }

  /// From the song's page: into the playlist that the form names.
  @Sendable static func addToPlaylist(_ context: Context, _ user: User) throws -> Response {
    let job = try context.jobID()
    guard let id = try context.ownForm()["playlist"].flatMap(Int64.init), try context.store.add(jobID: job, toPlaylist: id, userID: user.id)
    else { throw HTTPError.notFound }
    return .redirect(to: Address.playlist(id).path)
  }
}

extension Context {
  fileprivate func playlistID() throws -> Int64 {
    guard let id = parameters["id"].flatMap(Int64.init) else { throw HTTPError.notFound }
    return id
  }

  fileprivate func playlistName(_ form: Form) -> String { form["name"]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "" }

  fileprivate func playlistsPage(of user: User) throws -> PlaylistsPage {
    PlaylistsPage(
      playlists: try store.playlists(userID: user.id).map { PlaylistRow(id: Int($0.id), name: $0.name, count: Self.count($0.songCount)) },
      entry: PlaylistsPage.entry())
  }

  fileprivate func playlistPage(of user: User) throws -> PlaylistPage {
    guard let (playlist, songs) = try store.playlist(id: try playlistID(), userID: user.id) else { throw HTTPError.notFound }
    let now = Date()
    let rows = try songs.enumerated().map { index, job in
      var row = try SongRow(job, in: self, now: now)
      row.tools = SongTools(
        playlistID: Int(playlist.id), songID: Int(job.id), songTitle: job.displayName, isFirst: index == 0, isLast: index == songs.count - 1)
      return row
    }
    return PlaylistPage(
      id: Int(playlist.id), playlistName: playlist.name, count: Self.count(songs.count), songs: rows,
      entry: PlaylistPage.entry(name: playlist.name))
  }

  private static func count(_ songs: Int) -> String { songs == 0 ? "Empty" : songs == 1 ? "1 song" : "\(songs) songs" }
}
