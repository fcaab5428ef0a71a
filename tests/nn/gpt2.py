"""A tiny GPT-2 with random weights, its scores, gradients and texts, made with transformers.

    python tests/nn/gpt2.py tests/nn

writes gpt2.safetensors (weights, with Hugging Face's names), gpt2_gradients.safetensors and gpt2.json. The committed files
were made with the versions that gpt2.json names.
"""

import json
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel

folder = sys.argv[1]
torch.manual_seed(0)
config = GPT2Config(vocab_size=31, n_positions=16, n_embd=16, n_head=2, n_layer=2, resid_pdrop=0.0, embd_pdrop=0.0,
                    attn_pdrop=0.0, bos_token_id=None, eos_token_id=None)
net = GPT2LMHeadModel(config).eval()
for name, p in net.named_parameters():
    # As spread as trained weights are, so that scores differ.
    torch.nn.init.normal_(p, 1.0 if "ln_" in name and "weight" in name else 0.0, 0.25)


def flat(t):
    return [float(f"{v:.7g}") for v in t.detach().double().flatten().tolist()]


ids = torch.randint(0, 31, (2, 9))
logits = net(ids).logits
dy = torch.randn(logits.shape)
logits.backward(dy)
save_file({k: v.contiguous() for k, v in net.state_dict().items() if k != "lm_head.weight"}, f"{folder}/gpt2.safetensors")
# The gradients have the layout of the weights.
save_file({k: p.grad.contiguous() for k, p in net.named_parameters()}, f"{folder}/gpt2_gradients.safetensors")
prompt = ids[:1, :4]
mask = torch.ones_like(prompt)
write = dict(attention_mask=mask, pad_token_id=0, eos_token_id=None)
greedy = net.generate(prompt, max_new_tokens=12, do_sample=False, **write)
beams = net.generate(prompt, max_new_tokens=6, num_beams=3, num_return_sequences=3, do_sample=False, length_penalty=1.0,
                     return_dict_in_generate=True, output_scores=True, **write)
json.dump({
    "made_with": f"torch {torch.__version__}, transformers {transformers.__version__}",
    "ids": ids.tolist(), "logits": flat(logits), "dy": flat(dy),
    "prompt": prompt[0].tolist(), "greedy": greedy[0, 4:].tolist(),
    "beams": beams.sequences[:, 4:].tolist(), "beam_scores": flat(beams.sequences_scores),
}, open(f"{folder}/gpt2.json", "w"), indent=None, separators=(",", ":"))
