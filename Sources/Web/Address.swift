import FastCGI

/// The addresses that our code redirects to or makes links of. Templates have those of their own forms.
enum Address {
  case home
  case login(next: String)
  case setup
  case library
  case playlists
  case playlist(Int64)
  case account
  case admin
  case models
  case register
  case invitation(secret: String)
  case reset(secret: String)
  case uploads
  case upload(String)
  case job(Int64)
  /// A song's public page, by its token.
  case shared(String)
  case sharedPicture(String)
  case sharedFile(String, MediaFile)
  case peaks(Int64, variation: Int)

  var path: String {
    switch self {
    case .home: "/"
    case .login(let next): next == "/" ? "/login" : "/login?next=\(PercentCoding.encode(next))"
    case .setup: "/setup"
    case .library: "/library"
    case .playlists: "/playlists"
    case .playlist(let id): "/playlists/\(id)"
    case .account: "/account"
    case .admin: "/admin"
    case .models: "/admin/models"
    case .register: "/register"
    case .invitation(let secret): "/invite/\(secret)"
    case .reset(let secret): "/reset/\(secret)"
    case .uploads: "/uploads"
    case .upload(let id): "/uploads/\(id)"
    case .job(let id): "/jobs/\(id)"
    case .shared(let token): "/shared/\(token)"
    case .sharedPicture(let token): "/shared/\(token)/picture.png"
    case .sharedFile(let token, let file): "/shared/\(token)/\(file.name)"
    case .peaks(let id, let variation): "/jobs/\(id)/\(variation)/peaks"
    }
  }
}
