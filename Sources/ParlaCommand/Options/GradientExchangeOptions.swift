import ArgumentParser

/// What processes that train together send each other.
struct GradientExchangeOptions: ParsableArguments {
  /// What goes from process to process.
  enum Wire: String, CaseIterable, ExpressibleByArgument { case float32, bf16 }

  @Option(
    help: ArgumentHelp(
      "Precision of exchanged gradients: bf16 halves network traffic.",
      valueName: "float32|bf16"))
  var gradientExchange: Wire = .float32
}
