/// A file that browsers get, from the program's memory.
struct Page: Sendable {
  let path: String
  private let type: String
  private let content: [UInt8]

  private init(_ path: String, _ type: String, _ content: [UInt8]) {
    self.path = path
    self.type = type
    self.content = content
  }

  /// The answer, which makes the browser load nothing from other hosts.
  var answer: Answer {
    var answer = Answer(type: type, content)
    answer.headers += [
      ("Content-Security-Policy", Self.policy), ("Referrer-Policy", "no-referrer"),
      ("Permissions-Policy", "microphone=(self), camera=(), geolocation=()"),
      ("Cache-Control", "no-cache"),
    ]
    return answer
  }

  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self' blob:; "
    + "img-src 'self' data:; worker-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private static let html = "text/html; charset=utf-8"
  private static let script = "text/javascript; charset=utf-8"

  /// The page to speak into, and what both pages share.
  static let all = [
    Page("/", html, PackageResources.index_html),
    Page("/speak.js", script, PackageResources.speak_js),
    Page("/transcript.js", script, PackageResources.transcript_js),
    Page("/sound.js", script, PackageResources.sound_js),
    Page("/worklet.js", script, PackageResources.worklet_js),
    Page("/style.css", "text/css; charset=utf-8", PackageResources.style_css),
  ]

  /// The page to make a corpus.
  static let corpus = [
    Page("/corpus", html, PackageResources.corpus_html),
    Page("/corpus.js", script, PackageResources.corpus_js),
    Page("/review.js", script, PackageResources.review_js),
    Page("/training.js", script, PackageResources.training_js),
  ]
}
