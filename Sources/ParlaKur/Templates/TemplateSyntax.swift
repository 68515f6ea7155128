/// An expression of a template.
indirect enum TemplateExpression: Sendable {
  case constant(PythonValue)
  case name(String)
  case tuple([TemplateExpression])
  case list([TemplateExpression])
  case dictionary([(key: TemplateExpression, value: TemplateExpression)])
  case binary(BinaryOperator, TemplateExpression, TemplateExpression)
  case signed(isNegative: Bool, TemplateExpression)
  case not(TemplateExpression)
  case and(TemplateExpression, TemplateExpression)
  case or(TemplateExpression, TemplateExpression)
  case joined([TemplateExpression])
  case compared(TemplateExpression, [(operation: String, value: TemplateExpression)])
  /// `then if test else otherwise`.
  case choice(test: TemplateExpression, then: TemplateExpression, otherwise: TemplateExpression?)
  case attribute(TemplateExpression, String)
  case item(TemplateExpression, TemplateExpression)
  case slice(TemplateExpression?, TemplateExpression?, TemplateExpression?)
  case call(TemplateExpression, CallSyntax)
  /// A filter; without an operand, it belongs to a block and takes the block's text.
  case filter(TemplateExpression?, String, CallSyntax)
  case test(TemplateExpression, String, CallSyntax)
}

/// The arguments of a call as they are written.
struct CallSyntax: Sendable {
  var positional: [TemplateExpression] = []
  var named: [(name: String, value: TemplateExpression)] = []
  /// After `*`.
  var listed: TemplateExpression?
  /// After `**`.
  var mapped: TemplateExpression?
}

/// What a loop or an assignment names.
indirect enum AssignmentTarget: Sendable {
  case name(String)
  case tuple([AssignmentTarget])
}

/// A piece of a template: text, a printed expression or a statement.
indirect enum TemplateStatement: Sendable {
  case text(String)
  case print(TemplateExpression)
  case condition(
    [(test: TemplateExpression, body: [TemplateStatement])], otherwise: [TemplateStatement])
  case loop(LoopSyntax)
  case assignment(AssignmentTarget, TemplateExpression)
  case blockAssignment(AssignmentTarget, [TemplateStatement])
  case macro(MacroSyntax)
  case callBlock(MacroSyntax, call: TemplateExpression)
  case filterBlock(TemplateExpression, [TemplateStatement])
  /// `with`: names that hold inside.
  case with([(target: AssignmentTarget, value: TemplateExpression)], [TemplateStatement])
}

/// `for target in items if test recursive`.
struct LoopSyntax: Sendable {
  let target: AssignmentTarget
  let items: TemplateExpression
  let test: TemplateExpression?
  let isRecursive: Bool
  let body: [TemplateStatement]
  let otherwise: [TemplateStatement]
}

/// A macro, or the block of a call, which is one without a name.
struct MacroSyntax: Sendable {
  let name: String
  let parameters: [(name: String, fallback: TemplateExpression?)]
  let body: [TemplateStatement]
  /// The names that the body uses: whether it takes more arguments than it lists.
  let usedNames: Set<String>
}
