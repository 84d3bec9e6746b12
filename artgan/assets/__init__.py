"""What ships in the wheel: the embedded encoder, styles, models, example pictures, recipes, each with a card."""
