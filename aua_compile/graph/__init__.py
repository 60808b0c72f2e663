"""A plan as pictures: the routes that a question can take, and what lies where in memory; drawn as Mermaid or SVG.

What is drawn is data (`routes`, `placement`), made once; the forms draw it and know nothing of a plan.
"""
