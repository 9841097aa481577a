// The formats of well-known chats as small templates of our own, for folders that have none. They mark
// what an assistant says, with the token that ends its turn, as `generation`.

/// Templates that a caller can choose by name.
package enum BuiltInTemplates {
  /// In the order they are listed to the user.
  package static let names = [
    "chatml", "llama2", "llama3", "mistral", "gemma", "phi3", "zephyr", "plain",
  ]

  /// The text of a template, or nil for a name that is not in the list.
  package static func text(_ name: String) -> String? {
    bodies[name].map { words + $0 }
  }

  /// The text of a message that is a string or a list of parts.
  private static let words = """
    {%- macro words(message) -%}
    {%- if message.content is string -%}{{ message.content }}
    {%- elif message.content is not none and message.content is defined -%}
    {%- for part in message.content -%}
    {%- if part.text is not defined -%}{{ raise_exception('Only parts with text can be written') }}
    {%- endif -%}{{ part.text }}
    {%- endfor -%}
    {%- endif -%}
    {%- endmacro -%}

    """

  /// System and user text join in the first turn; then `system` is what stands before it.
  private static let turns = """
    {%- set chat = namespace(system='', expected='user') -%}
    {%- for message in messages -%}
    {%- if message.role == 'system' -%}
    {%- if not loop.first -%}{{ raise_exception('The system message must be the first') }}{%- endif -%}
    {%- set chat.system = words(message) | trim -%}
    {%- continue -%}
    {%- endif -%}
    {%- if message.role != chat.expected -%}
    {{ raise_exception('Messages must alternate between user and assistant, starting with user') }}
    {%- endif -%}
    {%- set chat.expected = 'assistant' if message.role == 'user' else 'user' -%}

    """

  private static let bodies = [
    "chatml": """
    {%- for message in messages -%}
    {{ '<|im_start|>' + message.role + '\\n' }}
    {%- if message.role == 'assistant' -%}
    {%- generation -%}{{ words(message) + '<|im_end|>' }}{%- endgeneration -%}
    {%- else -%}{{ words(message) + '<|im_end|>' }}{%- endif -%}
    {{ '\\n' }}
    {%- endfor -%}
    {%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}
    """,
    "llama2": turns + """
      {%- if message.role == 'user' -%}
      {{ bos_token ~ '[INST] ' }}
      {%- if chat.system -%}
      {{ '<<SYS>>\\n' + chat.system + '\\n<</SYS>>\\n\\n' }}{%- set chat.system = '' -%}
      {%- endif -%}
      {{ words(message) | trim + ' [/INST]' }}
      {%- else -%}
      {%- generation -%}{{ ' ' + words(message) | trim + ' ' ~ eos_token }}{%- endgeneration -%}
      {%- endif -%}
      {%- endfor -%}
      """,
    "llama3": """
    {{- bos_token -}}
    {%- for message in messages -%}
    {{ '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' }}
    {%- if message.role == 'assistant' -%}
    {%- generation -%}{{ words(message) | trim + '<|eot_id|>' }}{%- endgeneration -%}
    {%- else -%}{{ words(message) | trim + '<|eot_id|>' }}{%- endif -%}
    {%- endfor -%}
    {%- if add_generation_prompt -%}
    {{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
    {%- endif -%}
    """,
    "mistral": "{{- bos_token -}}\n" + turns + """
      {%- if message.role == 'user' -%}
      {{ '[INST] ' }}
      {%- if chat.system -%}{{ chat.system + '\\n\\n' }}{%- set chat.system = '' -%}{%- endif -%}
      {{ words(message) | trim + ' [/INST]' }}
      {%- else -%}
      {%- generation -%}{{ ' ' + words(message) | trim ~ eos_token }}{%- endgeneration -%}
      {%- endif -%}
      {%- endfor -%}
      """,
    "gemma": "{{- bos_token -}}\n" + turns + """
      {{ '<start_of_turn>' + ('user' if message.role == 'user' else 'model') + '\\n' }}
      {%- if message.role == 'user' -%}
      {%- if chat.system -%}{{ chat.system + '\\n\\n' }}{%- set chat.system = '' -%}{%- endif -%}
      {{ words(message) | trim + '<end_of_turn>' }}
      {%- else -%}
      {%- generation -%}{{ words(message) | trim + '<end_of_turn>' }}{%- endgeneration -%}
      {%- endif -%}
      {{ '\\n' }}
      {%- endfor -%}
      {%- if add_generation_prompt -%}{{ '<start_of_turn>model\\n' }}{%- endif -%}
      """,
    "phi3": """
    {%- for message in messages -%}
    {{ '<|' + message.role + '|>\\n' }}
    {%- if message.role == 'assistant' -%}
    {%- generation -%}{{ words(message) + '<|end|>' }}{%- endgeneration -%}
    {%- else -%}{{ words(message) + '<|end|>' }}{%- endif -%}
    {{ '\\n' }}
    {%- endfor -%}
    {%- if add_generation_prompt -%}{{ '<|assistant|>\\n' }}{%- endif -%}
    """,
    "zephyr": """
    {%- for message in messages -%}
    {{ '<|' + message.role + '|>\\n' }}
    {%- if message.role == 'assistant' -%}
    {%- generation -%}{{ words(message) ~ eos_token }}{%- endgeneration -%}
    {%- else -%}{{ words(message) ~ eos_token }}{%- endif -%}
    {{ '\\n' }}
    {%- endfor -%}
    {%- if add_generation_prompt -%}{{ '<|assistant|>\\n' }}{%- endif -%}
    """,
    "plain": """
    {{- bos_token -}}
    {%- for message in messages -%}
    {%- if message.role == 'system' -%}{{ words(message) | trim + '\\n\\n' }}
    {%- elif message.role == 'assistant' -%}
    {{ 'Assistant:' }}
    {%- generation -%}{{ ' ' + words(message) | trim ~ eos_token }}{%- endgeneration -%}
    {{ '\\n' }}
    {%- else -%}{{ message.role | capitalize + ': ' + words(message) | trim + '\\n' }}
    {%- endif -%}
    {%- endfor -%}
    {%- if add_generation_prompt -%}{{ 'Assistant:' }}{%- endif -%}
    """,
  ]
}
