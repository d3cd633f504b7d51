import JSON

/// What the document says of likes and public links (`api.md` 14).
extension OpenAPI {
  private static let options: JSON.Members = [
    "platform": ["type": "string", "maxLength": 40], "allow_download": ["type": ["boolean", "null"], "default": true],
    "expires_in_days": ["type": ["integer", "null"], "minimum": 1, "maximum": 36_500],
  ]

  static let sharing: [Operation] = [
    Operation(method: "post", path: "/api/v1/music/jobs/{id}/like", id: "like", summary: "Like a song of yours"),
    Operation(method: "delete", path: "/api/v1/music/jobs/{id}/like", id: "unlike", summary: "Take a like back"),
    Operation(method: "post", path: "/api/v1/music/jobs/{id}/dislike", id: "dislike", summary: "Dislike a song of yours"),
    Operation(method: "delete", path: "/api/v1/music/jobs/{id}/dislike", id: "undislike", summary: "Take a dislike back"),
    Operation(method: "get", path: "/api/v1/music/jobs/{id}/interaction-status", id: "interactionStatus", summary: "What you think of a song"),
    Operation(method: "get", path: "/api/v1/music/jobs/{id}/stats", id: "jobStatistics", summary: "Likes and shares of a song"),
    Operation(
      method: "get", path: "/api/v1/music/liked", id: "likedJobs", summary: "The songs that you like",
      query: ["skip", "limit", "song_type", "status"]),
    Operation(method: "get", path: "/api/v1/music/filters/stats", id: "filterStatistics", summary: "What lists can be filtered by"),
    Operation(
      method: "post", path: "/api/v1/music/jobs/{id}/share", id: "share",
      summary: "Make a public link to a finished song; asked again, it is the same link", members: options),
    Operation(method: "delete", path: "/api/v1/music/jobs/{id}/share", id: "unshare", summary: "Take the public link back"),
    Operation(method: "get", path: "/api/v1/music/share/{secret}", id: "shareTrack", summary: "A shared song", isPublic: true),
    Operation(method: "get", path: "/api/v1/music/shared/{secret}", id: "sharedTrack", summary: "A shared song", isPublic: true),
    Operation(method: "get", path: "/api/v1/music/share/{secret}/stats", id: "sharedStatistics", summary: "Likes and shares of a shared song", isPublic: true),
    Operation(
      method: "get", path: "/api/v1/music/shared/{secret}/download", id: "sharedDownload",
      summary: "A link to a file of a shared song, where downloads are allowed", query: ["format"], isPublic: true),
  ]
}
