#version 450
// Reads a word through each kind of texel buffer:
// dst[i] = u[i / 4][i % 4] + f[i / 4][i % 4] + s[i].
layout(local_size_x_id = 0) in;
layout(binding = 0) uniform usamplerBuffer u;
layout(binding = 1) uniform samplerBuffer f;
layout(binding = 2) uniform isamplerBuffer s;
layout(binding = 3) writeonly buffer Dst { uint dst[]; };
layout(push_constant) uniform Push { uint n; };

void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i >= n) return;
    int texel = int(i / 4);
    dst[i] = texelFetch(u, texel)[i % 4] + uint(texelFetch(f, texel)[i % 4]) + uint(texelFetch(s, int(i)).x);
}
