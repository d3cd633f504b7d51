internal import CMeCab
import Synchronization

/// MeCab with the IPA dictionary in UTF-8: the words of a Japanese text, and how they are said.
@safe
final class MeCab: Sendable {
  struct Word: Sendable, Hashable {
    var surface: String
    /// In katakana; nil for words that the dictionary doesn't have.
    var pronunciation: String?
  }

  /// The library's tagger. It is used by one thread at a time, which the mutex sees to.
  @safe
  private struct Tagger: @unchecked Sendable {
    let handle: OpaquePointer
  }
  private let tagger: Mutex<Tagger>

  /// Nil where libmecab finds no dictionary in UTF-8.
  init?() {
    for arguments in ["-d /var/lib/mecab/dic/ipadic-utf8", "-d /usr/share/mecab/dic/ipadic-utf8", ""] {
      guard let handle = unsafe mecab_new2(arguments) else { continue }
      let charset = unsafe mecab_dictionary_info(handle).flatMap { unsafe $0.pointee.charset }.map { unsafe String(cString: $0) }
      if charset?.lowercased().replacing("-", with: "") == "utf8" {
        tagger = unsafe Mutex(Tagger(handle: handle))
        return
      }
      unsafe mecab_destroy(handle)
    }
    return nil
  }

  deinit { tagger.withLock { tagger in unsafe mecab_destroy(tagger.handle) } }

  /// The words of a text of a line's length at most.
  func words(of text: String) -> [Word] {
    tagger.withLock { tagger in
      var result: [Word] = []
      var node = unsafe text.withCString { unsafe mecab_sparse_tonode2(tagger.handle, $0, text.utf8.count) }
      while let current = unsafe node {
        let (surface, length) = unsafe (current.pointee.surface, Int(current.pointee.length))
        if length > 0, let surface = unsafe surface, let feature = unsafe current.pointee.feature {
          let bytes = unsafe UnsafeRawBufferPointer(start: surface, count: length)
          let fields = unsafe String(cString: feature).split(separator: ",", omittingEmptySubsequences: false)
          // 品詞 x 4, 活用 x 2, base form, reading, pronunciation.
          let said = fields.count > 8 ? fields[8] : fields.count > 7 ? fields[7] : "*"
          unsafe result.append(Word(surface: String(decoding: bytes, as: UTF8.self), pronunciation: said == "*" ? nil : String(said)))
        }
        unsafe node = unsafe UnsafePointer(current.pointee.next)
      }
      return result
    }
  }
}
