import FastCGI
import Generation
import Store

extension Routes {
  @Sendable static func showHelp(_ context: Context, _ user: User) throws -> Response {
    try context.page(HelpPage(context.studio.engines[0]), user: user)
  }

  @Sendable static func showDocs(_ context: Context, _ user: User) throws -> Response {
    try context.page(DocsPage(server: context.baseURL), user: user)
  }
}

extension HelpPage {
  init(_ engine: Studio.EngineDescription) {
    self.engine = engine.name
    groups = Parameter.Group.allCases.filter { $0 != .source }.map { group in
      HelpGroup(
        id: group.rawValue, title: group.title,
        entries: ParameterSchema.base.filter { $0.group == group }.map { parameter in
          HelpEntry(
            name: parameter.name, label: parameter.title, help: parameter.help, range: parameter.rule.capitalisedStart,
            defaultValue: ValueText.open(parameter), aliases: parameter.aliases.isEmpty ? nil : parameter.aliases.joined(separator: ", "),
            isUnused: engine.capabilities.unusedParameters.contains(parameter.name))
        })
    }
  }
}

extension String {
  fileprivate var capitalisedStart: String { prefix(1).uppercased() + dropFirst() }
}
