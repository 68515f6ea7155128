import ParlaFiles

/// What the server answers, as OpenAPI 3.0 describes it.
enum OpenAPIDocument {
  static func document(_ site: Site) -> JSONValue {
    let hasTokens = !site.settings.tokens.isEmpty
    return [
      "openapi": "3.0.3",
      "info": [
        "title": "Parla", "version": "1",
        "description":
          "Speech to text. Live streams are WebSockets at /, /v1/realtime and /v1/listen.",
      ],
      "security": hasTokens ? [["bearer": []]] : [[:]],
      "paths": [
        "/health": [
          "get": operation("Whether it is ready.", ["200": json(status), "503": json(status)])
        ],
        "/metrics": [
          "get": operation(
            "What is counted, for Prometheus.", ["200": content("text/plain", ["type": "string"])])
        ],
        "/v1/models": [
          "get": operation(
            "The models.", ["200": json(list(of: reference("model"))), "401": error])
        ],
        "/v1/models/{id}": [
          "get": operation(
            "One of the models.",
            ["200": json(reference("model")), "400": error, "401": error, "404": error],
            parameters: [
              [
                "name": "id", "in": "path", "required": true,
                "schema": ["type": "string", "minLength": 1],
              ]
            ])
        ],
        "/v1/audio/transcriptions": ["post": transcription],
        "/inference": ["post": transcription],
        "/stt": [
          "post": operation(
            "The text of a sound file.",
            failures(["200": content("text/plain", ["type": "string"])]), body: sound)
        ],
        "/v1/listen": [
          "post": operation(
            "The text of a sound file, as Deepgram gives it.",
            failures(
              ["200": json(["type": "object", "required": ["metadata", "results"]])],
              json(refusal)), body: sound)
        ],
      ],
      "components": [
        "securitySchemes": ["bearer": ["type": "http", "scheme": "bearer"]],
        "schemas": ["model": model, "error": errorObject],
      ],
    ]
  }

  private static let status: JSONValue = [
    "type": "object", "required": ["status"],
    "properties": ["status": ["type": "string", "enum": ["ok", "loading", "stopping"]]],
  ]

  private static let model: JSONValue = [
    "type": "object", "required": ["id", "object", "created", "owned_by"],
    "properties": [
      "id": ["type": "string"], "object": ["type": "string", "enum": ["model"]],
      "created": ["type": "integer"], "owned_by": ["type": "string"],
      "language": ["type": "string"], "hot_words": ["type": "boolean"],
      "scorer": ["type": "string", "nullable": true],
    ],
  ]

  private static let errorObject: JSONValue = [
    "type": "object", "required": ["error"],
    "properties": [
      "error": [
        "type": "object", "required": ["message", "type", "param", "code"],
        "properties": [
          "message": ["type": "string", "minLength": 1], "type": ["type": "string"],
          "param": ["type": "string", "nullable": true],
          "code": ["type": "string", "nullable": true],
        ],
      ]
    ],
  ]

  private static let refusal: JSONValue = [
    "type": "object", "required": ["err_code", "err_msg", "request_id"],
  ]

  private static let sound: JSONValue = [
    "required": true,
    "content": ["application/octet-stream": ["schema": ["type": "string", "format": "binary"]]],
  ]

  private static var error: JSONValue { json(reference("error")) }

  private static var transcription: JSONValue {
    let words: JSONValue = [
      "type": "array", "items": ["type": "string", "enum": ["word", "segment"]],
    ]
    let text: JSONValue = ["type": "string"]
    return operation(
      "The text of a sound file, as OpenAI gives it.",
      failures([
        "200": [
          "description": "The text.",
          "content": [
            "application/json": ["schema": ["type": "object", "required": ["text"]]],
            "text/plain": ["schema": text], "text/vtt": ["schema": text],
            "application/x-subrip": ["schema": text], "text/event-stream": ["schema": text],
          ],
        ]
      ]),
      body: [
        "required": true,
        "content": [
          "multipart/form-data": [
            "schema": [
              "type": "object", "required": ["file"],
              "properties": [
                "file": ["type": "string", "format": "binary"], "model": text, "language": text,
                "prompt": text,
                "response_format": [
                  "type": "string", "enum": ["json", "text", "srt", "vtt", "verbose_json"],
                ],
                "temperature": ["type": "number"], "stream": ["type": "boolean"],
                "timestamp_granularities[]": words, "keywords[]": ["type": "array", "items": text],
                "scorer": ["type": "boolean"],
              ],
            ]
          ]
        ],
      ])
  }

  private static func failures(
    _ responses: [String: JSONValue], _ error: JSONValue = error
  ) -> [String: JSONValue] {
    var all = responses
    for status in ["400", "401", "403", "404", "413", "415", "500", "503", "507"] {
      all[status] = error
    }
    return all
  }

  private static func operation(
    _ summary: String, _ responses: [String: JSONValue], parameters: JSONValue? = nil,
    body: JSONValue? = nil
  ) -> JSONValue {
    var operation: [String: JSONValue] = [
      "summary": .string(summary), "responses": .object(responses),
    ]
    operation["parameters"] = parameters
    operation["requestBody"] = body
    return .object(operation)
  }

  private static func reference(_ name: String) -> JSONValue {
    ["$ref": .string("#/components/schemas/\(name)")]
  }

  private static func list(of item: JSONValue) -> JSONValue {
    [
      "type": "object", "required": ["object", "data"],
      "properties": [
        "object": ["type": "string", "enum": ["list"]], "data": ["type": "array", "items": item],
      ],
    ]
  }

  private static func json(_ schema: JSONValue) -> JSONValue { content("application/json", schema) }

  private static func content(_ type: String, _ schema: JSONValue) -> JSONValue {
    ["description": "The answer.", "content": [type: ["schema": schema]]]
  }
}
