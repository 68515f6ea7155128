import Foundation
import ParlaFiles
import ParlaWeb

/// Sends what happens as messages to a webhook: `slack`, and whatever takes the same JSON.
package struct SlackHook: KurHook {
  package static let kind = "slack"
  package static let settingOrder = ["channel", "url", "user", "icon", "title"]

  private let url: URL
  private let channel: String
  private let user: String
  private let icon: String
  private let title: String?
  private let services: KurServices

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    try settings.allow(only: [
      "channel", "url", "user", "icon", "title", "token", "extra_files", "extra_only",
    ])
    guard let channel = try settings.text("channel") else {
      throw settings.problem("channel", "nothing", "the name of a channel")
    }
    guard let address = try settings.text("url"), let url = URL(string: address),
      ["http", "https"].contains(url.scheme)
    else {
      throw settings.problem(
        "url", settings["url"]?.representation ?? "nothing",
        "the address of an incoming webhook; Slack has ended uploads by token as Kur made them")
    }
    if settings["token"] != nil || settings["extra_files"] != nil {
      services.note(
        "\(settings.place): token and extra_files have no effect: Slack has ended that way of uploading."
      )
    }
    self.url = url
    self.channel = channel
    user = try settings.text("user") ?? "kur"
    icon = try settings.text("icon") ?? "dragon"
    title = try settings.text("title")
    self.services = services
  }

  package func notify(_ event: KurEvent, _ log: KurLog) {
    var details = event.details
    func take(_ name: String) -> String {
      let value = details.first { $0.name == name }?.value.text ?? "?"
      details.removeAll { $0.name == name }
      return value
    }
    switch event.kind {
    case .trainingStart: send("Started training.", details)
    case .epochEnd:
      let text = "Finished epoch \(take("epoch")) of \(take("total_epochs"))."
      send(text, details)
    case .trainingEnd: send("Training has ended.", details)
    case .validationEnd, .prediction: break
    }
  }

  package func apply(
    _ current: HookData, original: HookData, _ vocabulary: (_ source: String) -> SpeechVocabulary?
  ) throws -> HookData {
    if case .text(let text) = current.content {
      send("Truth = \"\(current.truthText ?? "None")\", Prediction = \"\(text)\"", [])
    }
    return current
  }

  private func send(_ text: String, _ details: [(name: String, value: PythonValue)]) {
    let known = details.map { "\($0.name) = \($0.value.text)" }.joined(separator: ", ")
    let message =
      (title.map { "\($0): " } ?? "") + text
      + (known.isEmpty ? "" : " More information: \(known)")
    let body = PythonDictionary([
      (.string("channel"), .string(channel)), (.string("username"), .string(user)),
      (.string("icon_emoji"), .string(":\(icon):")), (.string("text"), .string(message)),
    ])
    do {
      let json = try PythonJSON().text(of: .dictionary(body))
      guard let problem = WebProgram.post(json, to: url).problem else { return }
      services.note(
        "\(url.absoluteString): the message was refused: \(problem). The training continues.")
    } catch {
      services.note("\(error)")
    }
  }
}

/// Kur's own hub, which is gone: `kurhub`.
package struct KurhubHook: KurHook {
  package static let kind = "kurhub"

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    services.note(
      "\(settings.place): Kurhub is gone, and the hook does nothing. Use plot for pictures, slack for messages, "
        + "or --plugin for a program of yours.")
  }
}
