import JSON

/// What the document says of accounts and keys (`api.md` 16).
extension OpenAPI {
  static let text: JSON = ["type": "string"]
  private static let password: JSON = ["type": "string", "minLength": 8, "maxLength": 200]
  private static let newAccount: JSON.Members = ["email": text, "password": password, "full_name": ["type": "string", "maxLength": 60]]
  private static let signIn: JSON.Members = ["username": text, "password": text]

  static let accounts: [Operation] = [
    Operation(
      method: "post", path: "/api/v1/auth/register", id: "register",
      summary: "Make an account, where anybody may, or with the secret of an invitation link as invite",
      members: ["email": text, "password": password, "full_name": ["type": "string", "maxLength": 60], "invite": text],
      required: ["email", "password"], success: 201, isPublic: true),
    Operation(
      method: "post", path: "/api/v1/auth/initiate-registration", id: "initiateRegistration",
      summary: "Ask for an account; the verification code goes to the server's log", members: newAccount, required: ["email", "password"],
      isPublic: true),
    Operation(
      method: "post", path: "/api/v1/auth/verify-registration", id: "verifyRegistration", summary: "Make the account that was asked for",
      members: ["email": text, "verification_code": ["type": "string", "pattern": "^[0-9]{6}$"]], required: ["email", "verification_code"],
      isPublic: true),
    Operation(
      method: "post", path: "/api/v1/auth/token", id: "token", summary: "Sign in with a name or an address: an access token for an hour",
      members: signIn, required: ["username", "password"], isPublic: true),
    Operation(
      method: "post", path: "/api/v1/auth/login", id: "login", summary: "As token", members: signIn, required: ["username", "password"],
      isPublic: true),
    Operation(
      method: "post", path: "/api/v1/auth/refresh", id: "refresh",
      summary: "Change a refresh token for new tokens; one that comes twice ends the sign-in", members: ["refresh_token": text],
      required: ["refresh_token"], isPublic: true),
    Operation(method: "post", path: "/api/v1/auth/logout", id: "logout", summary: "End the sign-in of the access token"),
    Operation(
      method: "post", path: "/api/v1/auth/forgot-password", id: "forgotPassword",
      summary: "Tell the administrator that this address needs a new password", members: ["email": text], required: ["email"], isPublic: true),
    Operation(
      method: "post", path: "/api/v1/auth/reset-password", id: "resetPassword",
      summary: "Set a new password with the secret of an administrator's link", members: ["token": text, "new_password": password],
      required: ["token", "new_password"], isPublic: true),
    Operation(
      method: "post", path: "/api/v1/auth/change-password", id: "changePassword",
      summary: "Change the password; everything else that is signed in is signed out",
      members: ["current_password": text, "new_password": password], required: ["current_password", "new_password"]),
    Operation(method: "get", path: "/api/v1/auth/me", id: "me", summary: "The account of the key or token"),
    Operation(
      method: "patch", path: "/api/v1/auth/me", id: "renameMe", summary: "Change the name",
      members: ["full_name": ["type": "string", "minLength": 1, "maxLength": 60]], required: ["full_name"]),
    Operation(
      method: "post", path: "/api/v1/auth/api-keys", id: "createAPIKey", summary: "Make a key; api_key is shown only here",
      members: [
        "name": ["type": "string", "minLength": 1, "maxLength": 60],
        "scopes": ["type": "array", "items": ["type": "string", "enum": .array(Scope.words.map(JSON.string))], "default": ["*"]],
        "expires_in_days": ["type": ["integer", "null"], "minimum": 1, "maximum": 36_500],
        "description": ["type": ["string", "null"], "maxLength": 200],
      ], required: ["name"], success: 201),
    Operation(
      method: "get", path: "/api/v1/auth/api-keys", id: "apiKeys", summary: "Your keys, without their secrets", query: ["status"]),
    Operation(method: "delete", path: "/api/v1/auth/api-keys/{id}", id: "revokeAPIKey", summary: "Revoke a key"),
  ]
}
