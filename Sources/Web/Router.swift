import FastCGI
import Store

/// One line of the site map: a method, a pattern and who answers.
struct Route: Sendable {
  let method: String
  /// Segments; one in braces matches any and is a parameter of that name.
  let pattern: String
  let handler: Handler
  /// What a key must allow; nil where no key is of use.
  var scope: Scope?
  /// Whether only administrators may call.
  var isForAdmins = false

  /// Who may call, and what answers.
  enum Handler: Sendable {
    /// Anybody.
    case open(@Sendable (Context) throws -> Response)
    /// An authenticated user; others get 401 or the sign-in page.
    case member(@Sendable (Context, User) throws -> Response)
  }

  static func get(_ pattern: String, _ handler: @escaping @Sendable (Context) throws -> Response) -> Route {
    Route(method: "GET", pattern: pattern, handler: .open(handler))
  }
  static func get(_ pattern: String, _ handler: @escaping @Sendable (Context, User) throws -> Response) -> Route {
    Route(method: "GET", pattern: pattern, handler: .member(handler))
  }
  static func post(_ pattern: String, _ handler: @escaping @Sendable (Context) throws -> Response) -> Route {
    Route(method: "POST", pattern: pattern, handler: .open(handler))
  }
  static func post(_ pattern: String, _ handler: @escaping @Sendable (Context, User) throws -> Response) -> Route {
    Route(method: "POST", pattern: pattern, handler: .member(handler))
  }
  static func delete(_ pattern: String, _ handler: @escaping @Sendable (Context, User) throws -> Response) -> Route {
    Route(method: "DELETE", pattern: pattern, handler: .member(handler))
  }
  static func patch(_ pattern: String, _ handler: @escaping @Sendable (Context, User) throws -> Response) -> Route {
    Route(method: "PATCH", pattern: pattern, handler: .member(handler))
  }
}

extension Route {
  /// The route for administrators alone; to others it is forbidden.
  var forAdmins: Route {
    var route = self
    route.isForAdmins = true
    return route
  }
}

extension [Route] {
  /// The routes with what a key must allow to read, and to change something.
  func scoped(read: Scope, write: Scope) -> [Route] {
    map { route in
      var route = route
      if case .member = route.handler { route.scope = route.method == "GET" ? read : write }
      return route
    }
  }
}

/// Finds the route of a request by walking a tree of path segments. A literal segment wins over a parameter.
struct Router: Sendable {
  private var root = Node()

  private struct Node: Sendable {
    var literals: [String: Node] = [:]
    /// Zero or one element: a value type can't hold itself.
    var parameter: [Node] = []
    var handlers: [String: Route] = [:]
    var names: [String] = []
  }

  enum Match {
    case found(Route, parameters: [String: String])
    case wrongMethod(allowed: [String])
    case none
  }

  init(_ routes: [Route]) {
    for route in routes {
      let segments = route.pattern.split(separator: "/").map(String.init)
      Router.insert(route, segments[...], names: [], into: &root)
    }
  }

  private static func insert(_ route: Route, _ segments: ArraySlice<String>, names: [String], into node: inout Node) {
    guard let segment = segments.first else {
      precondition(node.handlers[route.method] == nil, "two routes for \(route.method) \(route.pattern)")
      node.handlers[route.method] = route
      node.names = names
      return
    }
    if segment.hasPrefix("{") {
      if node.parameter.isEmpty { node.parameter = [Node()] }
      insert(route, segments.dropFirst(), names: names + [String(segment.dropFirst().dropLast())], into: &node.parameter[0])
    } else {
      insert(route, segments.dropFirst(), names: names, into: &node.literals[segment, default: Node()])
    }
  }

  /// The route for a method and a path. HEAD is served by GET.
  func match(method: String, segments: [String]) -> Match {
    guard let (node, values) = Router.find(segments[...], in: root, values: []), !node.handlers.isEmpty else { return .none }
    guard let route = node.handlers[method == "HEAD" ? "GET" : method] else {
      return .wrongMethod(allowed: Array(node.handlers.keys))
    }
    return .found(route, parameters: Dictionary(uniqueKeysWithValues: zip(node.names, values)))
  }

  private static func find(_ segments: ArraySlice<String>, in node: Node, values: [String]) -> (Node, [String])? {
    guard let segment = segments.first else { return node.handlers.isEmpty ? nil : (node, values) }
    if let next = node.literals[segment], let found = find(segments.dropFirst(), in: next, values: values) { return found }
    if let next = node.parameter.first { return find(segments.dropFirst(), in: next, values: values + [segment]) }
    return nil
  }
}
