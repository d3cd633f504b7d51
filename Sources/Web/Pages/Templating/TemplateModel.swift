/// A view model: a struct of ready values, and the names under which templates show them.
///
/// The names are declared beside the properties, so a template is resolved when it is loaded: a tag that
/// no model knows stops the start instead of rendering nothing.
protocol TemplateModel: Sendable {
  static var fields: TemplateFields<Self> { get }
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
  case models(schema: @Sendable () -> TemplateSchema, frames: @Sendable (Model) -> [TemplateFrame])

  /// `{{#name}}` repeats its body for each model.
  static func list<Item: TemplateModel>(
    _ get: @escaping @Sendable (Model) -> [Item]
  ) -> Self {
    .models(schema: { TemplateSchema(Item.self) }, frames: { get($0).map(ModelFrame.init) })
  }

  /// `{{#name}}` shows its body once, inside the model, or not at all when it is nil.
  static func part<Item: TemplateModel>(
    _ get: @escaping @Sendable (Model) -> Item?
  ) -> Self {
    .models(schema: { TemplateSchema(Item.self) }, frames: { get($0).map { [ModelFrame($0)] } ?? [] })
  }
}

/// The fields of a model by name, written as a dictionary.
struct TemplateFields<Model: Sendable>: Sendable, ExpressibleByDictionaryLiteral {
  let named: [String: TemplateField<Model>]

  init(dictionaryLiteral elements: (String, TemplateField<Model>)...) {
    named = Dictionary(uniqueKeysWithValues: elements)
  }
}

/// A model while a template shows it.
class TemplateFrame {
  fileprivate init() {}
}

final class ModelFrame<Model: Sendable>: TemplateFrame {
  let model: Model
  init(_ model: Model) {
    self.model = model
    super.init()
  }
}

/// A model's fields with the model's type taken away, so that one compiled template can hold many.
struct TemplateSchema: Sendable {
  enum Access: Sendable {
    case text(@Sendable (TemplateFrame) -> String)
    case optional(@Sendable (TemplateFrame) -> String?)
    case markup(@Sendable (TemplateFrame) -> String)
    case flag(@Sendable (TemplateFrame) -> Bool)
    case texts(@Sendable (TemplateFrame) -> [String])
    case models(@Sendable () -> TemplateSchema, @Sendable (TemplateFrame) -> [TemplateFrame])
  }

  let name: String
  let fields: [String: Access]

  init<Model: TemplateModel>(_ type: Model.Type) {
    name = "\(type)"
    fields = Model.fields.named.mapValues { field in
      switch field {
      case .text(let get): .text { get(Self.model($0)) }
      case .optional(let get): .optional { get(Self.model($0)) }
      case .markup(let get): .markup { get(Self.model($0)) }
      case .flag(let get): .flag { get(Self.model($0)) }
      case .texts(let get): .texts { get(Self.model($0)) }
      case .models(let schema, let frames): .models(schema) { frames(Self.model($0)) }
      }
    }
  }

  /// The compiler of templates pairs each access with the depth of its own model's frame.
  @inline(__always)
  private static func model<Model: Sendable>(_ frame: TemplateFrame) -> Model {
    guard let frame = frame as? ModelFrame<Model> else {
      preconditionFailure("a template was compiled for \(Model.self) and shown \(type(of: frame))")
    }
    return frame.model
  }
}
