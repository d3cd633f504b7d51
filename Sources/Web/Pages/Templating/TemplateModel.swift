import Foundation
import Mustache

/// A view model: a struct of ready values, and the names under which templates show them.
///
/// The names are declared beside the properties: the library then asks for a value by its name instead of reflecting,
/// and `TemplateCheck` can tell at start that a template uses a name no model has.
protocol TemplateModel: MustacheParent, Sendable {
  static var fields: TemplateFields<Self> { get }
}

extension TemplateModel {
  func child(named name: String) -> Any? { Self.fields.named[name]?.value(of: self) }
}

/// What a template may do with one named value of a model.
enum TemplateField<Model: Sendable>: Sendable {
  /// `{{name}}`, escaped; `{{#name}}` shows its body unless the text is empty.
  case text(@Sendable (Model) -> String)
  /// Like `text`, and absent when nil.
  case optional(@Sendable (Model) -> String?)
  /// `{{{name}}}`: text of our own making that needs no escaping, such as SVG path data.
  case markup(@Sendable (Model) -> String)
  /// `{{#name}}` and `{{^name}}`.
  case flag(@Sendable (Model) -> Bool)
  /// `{{#name}}{{.}}{{/name}}`, escaped.
  case texts(@Sendable (Model) -> [String])
  /// Use `list` or `part`, which fill this in.
  case models(schema: @Sendable () -> TemplateSchema, models: @Sendable (Model) -> [any TemplateModel])

  /// `{{#name}}` repeats its body for each model.
  static func list<Item: TemplateModel>(_ get: @escaping @Sendable (Model) -> [Item]) -> Self {
    .models(schema: { TemplateSchema(Item.self) }, models: { get($0) })
  }

  /// `{{#name}}` shows its body once, inside the model, or not at all when it is nil.
  static func part<Item: TemplateModel>(_ get: @escaping @Sendable (Model) -> Item?) -> Self {
    .models(schema: { TemplateSchema(Item.self) }, models: { get($0).map { [$0] } ?? [] })
  }

  /// What the library shows. Nothing is `NSNull`, not nil: nil would send it on to look in the models around.
  fileprivate func value(of model: Model) -> Any {
    switch self {
    case .text(let get), .markup(let get):
      let text = get(model)
      return text.isEmpty ? NSNull() : text
    case .optional(let get):
      if let text = get(model), !text.isEmpty { return text }
      return NSNull()
    case .flag(let get): return get(model)
    case .texts(let get): return get(model)
    case .models(_, let get): return get(model)
    }
  }
}

/// The fields of a model by name, written as a dictionary.
struct TemplateFields<Model: Sendable>: Sendable, ExpressibleByDictionaryLiteral {
  let named: [String: TemplateField<Model>]

  init(dictionaryLiteral elements: (String, TemplateField<Model>)...) {
    named = Dictionary(uniqueKeysWithValues: elements)
  }
}

/// What a template may use of a model, for `TemplateCheck`.
struct TemplateSchema: Sendable {
  enum Use: Sendable {
    case text, markup, flag, texts
    case models(@Sendable () -> TemplateSchema)
  }

  let name: String
  let uses: [String: Use]

  init<Model: TemplateModel>(_ type: Model.Type) {
    name = "\(type)"
    uses = Model.fields.named.mapValues { field in
      switch field {
      case .text, .optional: .text
      case .markup: .markup
      case .flag: .flag
      case .texts: .texts
      case .models(let schema, _): .models(schema)
      }
    }
  }
}
